package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import io.strandline.spi.backup.LogIdentity;
import java.io.Closeable;
import org.jspecify.annotations.Nullable;

/** The place of one log. The opener of the log holds it until the log is closed. Every method may block. */
public interface LogHome extends Closeable {

    /** The files of the log. */
    Disk disk();

    /** Number of shards with which the log was created, or null if its creation did not come to its end. */
    @Nullable
    Integer shards();

    /** Which log this is. One that has no identity gets one, durably. */
    LogIdentity identity();

    /** Records that the log was created in full, durably. */
    void describe(int shards);

    /** Releases the home, from any thread. Called once. */
    @Override
    void close();
}
