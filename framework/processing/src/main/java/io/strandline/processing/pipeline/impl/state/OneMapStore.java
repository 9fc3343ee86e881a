package io.strandline.processing.pipeline.impl.state;

import io.strandline.EventCodec;
import io.strandline.processing.pipeline.Operator;
import java.util.Collection;
import java.util.List;

/** A store whose keys are in one map, whatever the times of their pieces. */
abstract class OneMapStore extends StateStore {

    OneMapStore(Operator.WithState operator) {
        super(operator);
    }

    OneMapStore(String id, EventCodec<?> codec) {
        super(id, codec);
    }

    /** The map, always the same. */
    abstract KeyedState<?> states();

    @Override
    Collection<? extends KeyedState<?>> maps() {
        return List.of(states());
    }

    @Override
    final KeyedState<?> map(long start) {
        return states();
    }

    @Override
    final long startOf(long at) {
        return 0;
    }
}
