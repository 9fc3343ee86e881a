package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import java.io.Closeable;
import org.jspecify.annotations.Nullable;

/** Where one log is kept, held by whoever has the log open until it is closed. Every method may block. */
public interface LogHome extends Closeable {

    /** The files of the log. */
    Disk disk();

    /** Number of shards with which the log was created, or null if its creation did not come to its end. */
    @Nullable
    Integer shards();

    /** Records that the log was created in full, durably. */
    void describe(int shards);

    /** Lets the home go, from any thread; called once. */
    @Override
    void close();
}
