package io.strandline.log;

import io.strandline.log.JournalDirectory.Spare;
import io.strandline.log.JournalFormat.FileHeader;
import io.strandline.log.JournalRecovery.RecoveredFile;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.log.spi.Safeguard;
import io.strandline.log.spi.ShardExecutor;
import io.strandline.log.spi.Surroundings;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A journal in zero-filled, recycled files of one directory. This is the half that runs on the shard's executor: it
 * numbers frames, keeps track of the files, and lets {@link JournalWriter} do what blocks.
 */
final class FileJournal implements Journal {

    private static final Logger LOG = Logger.of(FileJournal.class);
    private static final long SPARE_RETRY_MILLIS = 250;

    private final Surroundings surroundings;
    private final int shard;
    private final LogOptions options;
    private final String path;
    private final JournalDirectory directory;
    private final ShardExecutor shardExecutor;

    /** Files that hold frames still needed, the current one last. */
    private final ArrayDeque<KeptFile> kept = new ArrayDeque<>();

    private @Nullable JournalWriter writer;
    private @Nullable Listener listener;
    private long nextFrame;
    private long unforcedBytes;
    private long usedBytes;
    /** How long the timer of the next force was set to, in milliseconds; 0 if there is none. */
    private long forceTimerMillis;

    private boolean preparesSpare;
    private boolean waitsForSpare;
    private boolean blocked;
    /** True from the first spare that failed to the next that did not: said once, not at every try. */
    private boolean sparesFail;

    private boolean stopped;
    /** Set when the journal closes: the last frame, and who waits. */
    private long lastFrame = Long.MAX_VALUE;

    private @Nullable Promise<Void> closing;

    FileJournal(Surroundings surroundings, int shard, LogOptions options, String path) {
        this.surroundings = surroundings;
        this.shard = shard;
        this.options = options;
        this.path = path;
        this.directory = new JournalDirectory(surroundings.disk(), path, options.getJournalFileBytes());
        this.shardExecutor = surroundings.shards().apply(shard);
    }

    private record KeptFile(long sequence, long firstFrame) {}

    @Override
    public Future<Contents> open(Restore restore) {
        Promise<Contents> promise = Promise.promise();
        surroundings.journals().apply(shard).execute(() -> {
            try {
                promise.complete(recover(restore));
            } catch (Throwable e) {
                promise.tryFail(e);
            }
        });
        return promise.future();
    }

    @Override
    public void listen(Listener shardListener) {
        this.listener = shardListener;
    }

    private Contents recover(Restore restore) throws IOException {
        JournalRecovery recovery = new JournalRecovery(
                surroundings.disk(),
                surroundings.safeguards().has(Safeguard.SALT),
                surroundings.safeguards().has(Safeguard.FORCED_UP_TO));
        recovery.read(path, directory.open(), shard);
        List<RecoveredFile> files = recovery.files();
        int epoch = 1;
        long sequence = 1;
        for (RecoveredFile file : files) {
            epoch = Math.max(epoch, file.header.epoch() + 1);
            sequence = file.header.sequence() + 1;
            kept.add(new KeptFile(file.header.sequence(), file.header.firstFrame()));
        }
        Contents contents = recovery.contents(epoch);
        restore.from(contents);
        directory.ownedBy(epoch);
        markEnd(recovery.end());
        if (!directory.hasSpare()) {
            directory.makeSpare();
        }
        Spare spare = directory.takeSpare();
        if (spare == null) {
            throw new IOException("spare file of " + path + " vanished");
        }
        FileHeader header =
                new FileHeader(shard, epoch, sequence, JournalRecovery.newSalt(), recovery.provenForced() + 1);
        long position;
        try {
            position = copyUnproven(recovery, spare.file(), header);
            directory.enter(spare, header);
        } catch (Throwable e) {
            // Recovery is tried again, perhaps often.
            spare.file().close();
            throw e;
        }
        kept.add(new KeptFile(sequence, header.firstFrame()));
        nextFrame = recovery.lastFrame() + 1;
        writer = new JournalWriter(
                directory,
                surroundings.journals().apply(shard),
                new WriterProgress(),
                options.getJournalFileBytes(),
                options.getJournalGroupBytes(),
                surroundings.safeguards().has(Safeguard.SALT),
                new JournalWriter.Start(spare.file(), header, position, recovery.lastFrame()));
        return contents;
    }

    /** A journal of an earlier release gets its mark now; a disk that is full may have no room for it. */
    private void markEnd(JournalEnd end) throws IOException {
        try {
            end.create();
        } catch (NoSpaceException e) {
            LOG.warn(
                    "journal {} of shard {} has no room to mark its end; a loss of its newest file would not be"
                            + " noticed",
                    path,
                    shard,
                    e);
        }
        directory.markedBy(end);
    }

    /** Writes the frames that count, but are not proven forced, again; returns the position behind them. */
    private long copyUnproven(JournalRecovery recovery, DiskFile file, FileHeader header) throws IOException {
        long[] position = {JournalFormat.PAGE_BYTES};
        byte[] salt = JournalFormat.saltBytes(surroundings.safeguards().has(Safeguard.SALT) ? header.salt() : 0L);
        CRC32C crc = new CRC32C();
        recovery.visit(null, header.firstFrame(), (number, kind, body) -> {
            int length = JournalFormat.align(JournalFormat.frameBytes(body.length), JournalFormat.PAGE_BYTES);
            ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
            JournalFormat.encodeFrame(
                    buffer, number, recovery.provenForced(), kind, true, FrameBody.of(body), crc, salt);
            buffer.clear();
            file.write(buffer, position[0]);
            position[0] += length;
        });
        return position[0];
    }

    @Override
    public long append(FrameKind kind, FrameBody body) {
        return append(kind, body, 0);
    }

    @Override
    public long append(FrameKind kind, FrameBody body, long forceWithinMillis) {
        long number = nextFrame++;
        unforcedBytes += body.length();
        writing().enqueue(new JournalWriter.QueuedFrame(number, kind, body, forceWithinMillis > 0));
        if (forceWithinMillis > 0) {
            force(forceWithinMillis);
        }
        return number;
    }

    /** One timer serves all frames that are appended while it runs, if it ends early enough for them. */
    @Override
    public void force(long withinMillis) {
        if (stopped) {
            return;
        }
        if (withinMillis == 0) {
            writing().force(nextFrame - 1);
        } else if (forceTimerMillis == 0 || withinMillis < forceTimerMillis) {
            forceTimerMillis = withinMillis;
            surroundings.timers().after(shard, withinMillis, () -> {
                forceTimerMillis = 0;
                force(0);
            });
        }
    }

    private JournalWriter writing() {
        if (writer == null) {
            throw new IllegalStateException("journal " + path + " is not open");
        }
        return writer;
    }

    @Override
    public long unforcedBytes() {
        return unforcedBytes;
    }

    @Override
    public int keptFiles() {
        return kept.size();
    }

    @Override
    public long usedBytes() {
        return usedBytes;
    }

    @Override
    public int filesAfter(long frame) {
        int files = 0;
        for (Iterator<KeptFile> newest = kept.descendingIterator(); newest.hasNext(); files++) {
            if (newest.next().firstFrame() <= frame) {
                return files;
            }
        }
        return files;
    }

    @Override
    public long releasableBytes(long upToFrame) {
        return (kept.size() - 1L - Math.min(kept.size() - 1, filesAfter(upToFrame + 1)))
                * options.getJournalFileBytes();
    }

    @Override
    public void release(long upToFrame) {
        while (kept.size() > 1) {
            KeptFile oldest = kept.removeFirst();
            if (kept.getFirst().firstFrame() - 1 > upToFrame) {
                kept.addFirst(oldest);
                return;
            }
            writing().retire(oldest.sequence(), () -> shardExecutor.execute(this::spareReady));
        }
    }

    @Override
    public Future<Void> close() {
        Promise<Void> promise = Promise.promise();
        closing = promise;
        if (stopped || blocked) {
            closeWriter(promise);
        } else {
            // Before the append, which may already be forced when it returns.
            lastFrame = nextFrame;
            append(FrameKind.PROOF, FrameBody.EMPTY);
        }
        return promise.future();
    }

    /** What waits for room on the disk would wait for ever, and stays unforced. */
    private void closeWriter(Promise<Void> closed) {
        stopped = true;
        writing().close(() -> shardExecutor.execute(closed::tryComplete));
    }

    @Override
    public void abandon() {
        if (!stopped) {
            stopped = true;
            writing().abandon();
        }
        if (closing != null) {
            closeWriter(closing);
        }
    }

    private void prepareSpare() {
        if (preparesSpare || stopped || directory.hasSpare()) {
            return;
        }
        preparesSpare = true;
        surroundings.preparations().execute(() -> {
            Throwable failure = null;
            try {
                directory.makeSpare();
            } catch (Throwable e) {
                failure = e;
            }
            Throwable outcome = failure;
            shardExecutor.execute(() -> sparePrepared(outcome));
        });
    }

    private void sparePrepared(@Nullable Throwable failure) {
        preparesSpare = false;
        if (stopped) {
            return;
        }
        if (failure == null) {
            if (sparesFail) {
                sparesFail = false;
                LOG.info("journal {} of shard {} has prepared its next file again", path, shard);
            }
            spareReady();
            return;
        }
        if (closing != null && waitsForSpare) {
            closeWriter(closing);
            return;
        }
        if (!(failure instanceof IOException)) {
            // No error of the disk, which may pass: the life ends, as after any other one of a thread for I/O.
            abandon();
            listening().failed(failure);
            return;
        }
        if (!sparesFail) {
            sparesFail = true;
            LOG.warn(
                    "journal {} of shard {} cannot prepare its next file, trying again every {} ms",
                    path,
                    shard,
                    SPARE_RETRY_MILLIS,
                    failure);
        }
        // As long as the current file has room, nobody needs to know.
        if (waitsForSpare && !blocked) {
            blocked = true;
            listening().blockedForSpace(true);
        }
        surroundings.timers().after(shard, SPARE_RETRY_MILLIS, this::prepareSpare);
    }

    private void spareReady() {
        if (stopped || !waitsForSpare) {
            return;
        }
        waitsForSpare = false;
        if (blocked) {
            blocked = false;
            listening().blockedForSpace(false);
        }
        writing().resume();
    }

    private Listener listening() {
        if (listener == null) {
            throw new IllegalStateException("journal " + path + " has no listener");
        }
        return listener;
    }

    /** Carries what the writer reports over to the shard's executor. */
    private final class WriterProgress implements JournalWriter.Progress {

        @Override
        public void forced(long upToFrame, long bytes, long room) {
            shardExecutor.executeNow(() -> {
                unforcedBytes -= bytes;
                usedBytes += room;
                if (!stopped) {
                    listening().forced(upToFrame);
                }
                if (!stopped && closing != null && upToFrame >= lastFrame) {
                    closeWriter(closing);
                }
            });
        }

        @Override
        public void written(long upToFrame) {
            shardExecutor.executeNow(() -> {
                if (!stopped) {
                    listening().written(upToFrame);
                }
            });
        }

        @Override
        public void failed(Throwable cause) {
            shardExecutor.execute(() -> {
                if (!stopped) {
                    stopped = true;
                    listening().failed(cause);
                }
                if (closing != null) {
                    closeWriter(closing);
                }
            });
        }

        @Override
        public void needsSpare() {
            shardExecutor.execute(() -> {
                if (stopped) {
                    return;
                }
                waitsForSpare = true;
                if (directory.hasSpare()) {
                    spareReady();
                } else {
                    prepareSpare();
                }
            });
        }

        @Override
        public void halfFull() {
            shardExecutor.execute(FileJournal.this::prepareSpare);
        }

        @Override
        public void rotated(long sequence, long firstFrame) {
            shardExecutor.execute(() -> kept.addLast(new KeptFile(sequence, firstFrame)));
        }
    }
}
