package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.flush.Pending;
import io.strandline.log.impl.state.Answers;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/** An answer that waits for the frames that it rests on. */
record PendingAnswer<T>(Promise<T> promise, @Nullable T value) implements Pending {

    @Override
    public void forced() {
        Answers.give(promise, value);
    }

    @Override
    public void fail(StrandlineException cause) {
        Answers.fail(promise, cause);
    }

    @Override
    public void late(StrandlineException cause) {
        Answers.fail(promise, cause);
    }
}
