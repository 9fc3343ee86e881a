package io.strandline.testkit.sync;

import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A place that is one store object. It is gone with that object. */
final class OneStore implements RevisionStoreFixture {

    private final Function<HistoryLimits, RevisionStore> made;
    private final Set<StoreTrait> traits;
    private @Nullable RevisionStore store;

    OneStore(Function<HistoryLimits, RevisionStore> made, Set<StoreTrait> traits) {
        this.made = made;
        this.traits = traits;
    }

    @Override
    public Set<StoreTrait> traits() {
        return traits;
    }

    @Override
    public RevisionStore create(HistoryLimits limits) {
        RevisionStore open = store == null ? made.apply(limits) : store;
        store = open;
        return open;
    }

    @Override
    public RevisionStore reopen(HistoryLimits limits) {
        return crash(limits);
    }

    @Override
    public RevisionStore crash(HistoryLimits limits) {
        store = null;
        return create(limits);
    }

    @Override
    public int patienceSeconds() {
        return 2;
    }

    @Override
    public void close() {}
}
