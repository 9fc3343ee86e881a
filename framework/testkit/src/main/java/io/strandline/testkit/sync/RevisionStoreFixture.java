package io.strandline.testkit.sync;

import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import java.util.Set;

/** A place where revisions are kept, for one test. Its methods may block the test's own thread. */
public interface RevisionStoreFixture extends AutoCloseable {

    /** What the store says of itself. */
    Set<StoreTrait> traits();

    /** Opens the store. All stores that one fixture opens keep their revisions in the same place. */
    RevisionStore create(HistoryLimits limits);

    /** Opens the store again after everything that was opened has been closed in good order. */
    RevisionStore reopen(HistoryLimits limits);

    /**
     * Opens the store again after a loss: of the process, of data that was not forced to disk, or of a member of the
     * cluster. The loss is as much as the store says that it survives.
     */
    RevisionStore crash(HistoryLimits limits);

    /** How long a rule waits for what should come soon, in seconds. */
    default int patienceSeconds() {
        return Awaited.SECONDS;
    }

    @Override
    void close();
}
