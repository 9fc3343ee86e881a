package io.strandline.log.impl.journal;

import io.strandline.log.spi.Environment;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.ShardExecutor;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Logger;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Room of a journal: how much there is for the next frames, and how more is prepared. Runs on the shard's executor, apart
 * from the preparation itself.
 *
 * <p>Files grow with the log: the first is small, each is {@value #GROWTH} times the one before, up to the size of the
 * limits. Frames of events are taken only into room that is there, so a full disk is met before anything waits for it; what
 * is kept in reserve is then left to frames that free space. Reserves are made before a larger file is, and are as large as
 * all that a crash could leave unproven.
 */
final class JournalSpace {

    static final int GROWTH = 4;

    private static final Logger LOG = Logger.of(JournalSpace.class);
    private static final int MAX_FIRST_FILE_BYTES = 256 << 10;
    private static final long RETRY_MILLIS = 250;

    private final Environment environment;
    private final int shard;
    private final String path;
    private final JournalDirectory directory;
    private final ShardExecutor executor;
    private final long firstFileBytes;
    private final long mostFileBytes;
    private final long mostReserveBytes;
    private final Owner owner;

    private long fileBytes;
    /** Room in the current file after the last force, and the room that frames have asked for since. */
    private long rest;

    private long asked;
    /** The current file was kept for a full disk, and those that are kept now do not suffice. */
    private boolean isReserve;

    private boolean halfFull;
    /** File size that is needed by the largest frame that found no room. 0 if there was room for all frames. */
    private long missing;
    /** File size that the writer waits for. 0 if it does not wait. */
    private long awaited;

    private boolean prepares;
    /** True from the first preparation that failed to the next that did not: said once, not at every try. */
    private boolean fails;

    private boolean blocked;
    private boolean stalled;
    private boolean stopped;

    /** Whose journal it is. */
    interface Owner {

        /** There is a spare for the writer that waits. */
        void resume();

        void blocked(boolean isBlocked);

        /** The preparation met what is no error of the disk. */
        void failed(Throwable cause);

        /** The writer waits, and nothing can be prepared for it. */
        void stalled();
    }

    JournalSpace(
            Environment environment,
            int shard,
            String path,
            JournalDirectory directory,
            ShardLimits limits,
            Owner owner) {
        this.environment = environment;
        this.shard = shard;
        this.path = path;
        this.directory = directory;
        this.executor = environment.shardExecutors().apply(shard);
        this.firstFileBytes = firstFileBytes(limits);
        this.mostFileBytes = wholePages(limits.getJournalFileBytes());
        this.mostReserveBytes = wholePages(2L * limits.getJournalGroupBytes() + JournalFormat.PAGE_BYTES);
        this.owner = owner;
    }

    private static long wholePages(long bytes) {
        return JournalFormat.align(bytes, JournalFormat.PAGE_BYTES);
    }

    /** Size of the first file of a journal. */
    static long firstFileBytes(ShardLimits limits) {
        return wholePages(Math.min(MAX_FIRST_FILE_BYTES, limits.getJournalFileBytes() / GROWTH));
    }

    private long nextFileBytes() {
        return Math.min(mostFileBytes, fileBytes * GROWTH);
    }

    /** The file that is written from now on. */
    void begin(JournalDirectory.Spare file, long position) {
        fileBytes = file.bytes();
        // Nothing else would be prepared that makes it a file like any other.
        isReserve = file.isReserve() && !directory.hasReserves(Math.min(mostReserveBytes, fileBytes));
        rest = fileBytes - position;
        halfFull = rest < fileBytes / 2;
    }

    void queued(int bodyBytes) {
        asked += JournalWriter.roomOf(bodyBytes);
    }

    void forced(JournalWriter.Forced forced) {
        asked -= forced.asked();
        rest = forced.rest();
        offerRoom();
    }

    /** Reports when the missing room is there. Frames in flight may also have held this room. */
    private void offerRoom() {
        if (!fails && !stopped && (missing > 0 || blocked) && hasRoomForMissing()) {
            missing = 0;
            blocked = false;
            owner.blocked(false);
        }
    }

    private boolean hasRoomForMissing() {
        return asked + missing - JournalFormat.PAGE_BYTES <= room();
    }

    /** Room for frames of events. */
    private long room() {
        return Math.max(isReserve ? 0 : rest, directory.spareBytes() - JournalFormat.PAGE_BYTES);
    }

    void rotated(JournalDirectory.Spare file) {
        begin(file, JournalFormat.PAGE_BYTES);
        awaited = 0;
        offerRoom();
        prepare();
    }

    void halfFull() {
        halfFull = true;
        prepare();
    }

    /** True if frames are queued for which there is no room. */
    boolean isStalled() {
        return stalled;
    }

    /** Whether a file that leaves the journal is worth keeping as a spare. */
    boolean isUseful(long bytes) {
        return bytes >= nextFileBytes();
    }

    void stop() {
        stopped = true;
    }

    Journal.Room roomFor(int bodyBytes) {
        Journal.Room found = roomNow(bodyBytes);
        if (found == Journal.Room.READY) {
            return found;
        }
        missing = Math.max(missing, JournalFormat.PAGE_BYTES + JournalWriter.roomOf(bodyBytes));
        if (fails) {
            // The caller learns the answer first.
            executor.execute(this::block);
        } else {
            prepare();
        }
        return found;
    }

    /** As {@link #roomFor}, without consequence. */
    Journal.Room roomNow(int bodyBytes) {
        long room = JournalWriter.roomOf(bodyBytes);
        if (asked + room <= room()) {
            return Journal.Room.READY;
        }
        if (!fails) {
            return Journal.Room.COMING;
        }
        long kept = Math.max(rest, directory.lendableBytes() - JournalFormat.PAGE_BYTES);
        return asked + room <= kept ? Journal.Room.RESERVED : Journal.Room.NONE;
    }

    /** A reserve that was lent is the file that is written. */
    boolean isMostlyKept() {
        return directory.lendableBytes() > 0 || rest - asked >= fileBytes / 2;
    }

    private void block() {
        if (fails && missing > 0 && !stopped) {
            tellBlocked();
        }
    }

    private void tellBlocked() {
        if (!blocked) {
            blocked = true;
            owner.blocked(true);
        }
    }

    /** The writer has no room for its next frame. */
    void needsSpare(long bytes) {
        awaited = bytes;
        if (directory.spareBytes() >= bytes) {
            resume();
        } else if (fails) {
            lend();
        } else {
            prepare();
        }
    }

    private void resume() {
        awaited = 0;
        stalled = false;
        owner.resume();
    }

    /** What waits now is no event, apart from a few that came before it. */
    private void lend() {
        if (directory.lendReserve(awaited)) {
            resume();
        } else if (!stalled) {
            stalled = true;
            tellBlocked();
            owner.stalled();
        }
    }

    // ---- preparation

    /** Size of the spare that is to be made, 0 if there is one or none is needed yet. */
    private long wantedSpareBytes() {
        long needed = Math.max(missing - JournalFormat.PAGE_BYTES > rest ? missing : 0, awaited);
        if (directory.spareBytes() >= Math.max(needed, 1) || (needed == 0 && !halfFull)) {
            return 0;
        }
        return Math.max(nextFileBytes(), wholePages(needed));
    }

    /** Prepares what is missing, if that is not under way. */
    void prepare() {
        long spareBytes = wantedSpareBytes();
        long reserveBytes = Math.min(mostReserveBytes, Math.max(fileBytes, spareBytes));
        if (prepares || stopped) {
            return;
        }
        if (spareBytes == 0 && directory.hasReserves(reserveBytes)) {
            if (fails) {
                // A file that left the journal is what could not be made.
                prepared(null);
            }
            return;
        }
        prepares = true;
        long leastBytes = Math.max(Math.max(missing, awaited), firstFileBytes);
        // No event rests on a spare while all are refused.
        boolean mayCut = blocked;
        environment.preparationExecutor().execute(() -> {
            Throwable failure = null;
            try {
                directory.makeReserves(reserveBytes, mayCut);
                if (spareBytes > 0) {
                    directory.makeSpare(spareBytes, wholePages(leastBytes));
                }
            } catch (Throwable e) {
                failure = e;
            }
            Throwable outcome = failure;
            executor.execute(() -> prepared(outcome));
        });
    }

    private void prepared(@Nullable Throwable failure) {
        prepares = false;
        if (stopped) {
            return;
        }
        if (failure != null) {
            failed(failure);
            return;
        }
        if (fails) {
            fails = false;
            LOG.info("journal {} of shard {} has prepared its next file again", path, shard);
        }
        isReserve = false;
        spareReady();
        prepare();
    }

    private void failed(Throwable failure) {
        if (!(failure instanceof IOException)) {
            // No error of the disk, which may pass: the life ends, as after any other one of a thread for I/O.
            owner.failed(failure);
            return;
        }
        if (!fails) {
            fails = true;
            LOG.warn(
                    "journal {} of shard {} cannot prepare its next file, trying again every {} ms",
                    path,
                    shard,
                    RETRY_MILLIS,
                    failure);
        }
        if (awaited > 0) {
            lend();
        }
        block();
        environment.timers().after(shard, RETRY_MILLIS, this::prepare);
    }

    /** A file became a spare. A writer that waits for one continues. */
    void spareReady() {
        if (stopped) {
            return;
        }
        if (awaited > 0 && directory.spareBytes() >= awaited) {
            resume();
        }
        offerRoom();
    }
}
