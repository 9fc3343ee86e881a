package io.strandline.log.impl.journal;

import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.impl.journal.JournalRecovery.RecoveredFile;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.ForceFigures;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.log.spi.ShardExecutor;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A journal in zero-filled, recycled files of one directory. This is the half that runs on the shard's executor: it
 * numbers frames, keeps track of the files, and lets {@link JournalWriter} do what blocks.
 */
public final class FileJournal implements Journal {

    private static final Logger LOG = Logger.of(FileJournal.class);

    private final Environment environment;
    private final int shard;
    private final ShardLimits limits;
    private final String path;
    private final JournalDirectory directory;
    private final JournalSpace space;
    private final ShardExecutor shardExecutor;

    /** Files that hold frames still needed, the current one last. */
    private final ArrayDeque<KeptFile> kept = new ArrayDeque<>();

    private @Nullable JournalWriter writer;
    private @Nullable Listener listener;
    private final ForceTimes forceTimes = new ForceTimes();
    private long nextFrame;
    private long unforcedBytes;
    private long usedBytes;
    /** Delay to which the timer of the next force was set, in milliseconds. 0 if there is no timer. */
    private long forceTimerMillis;

    private boolean held;
    /** The newest frame that was released while the files were held. */
    private long releasedMeanwhile;

    private boolean stopped;
    /** Set when the journal closes: the last frame, the first one that the next open needs, and who waits. */
    private long lastFrame = Long.MAX_VALUE;

    private long neededFrom;

    private @Nullable Promise<Void> closing;

    public FileJournal(Environment environment, int shard, ShardLimits limits, String path) {
        this.environment = environment;
        this.shard = shard;
        this.limits = limits;
        this.path = path;
        this.directory = new JournalDirectory(environment.disk(), path);
        this.shardExecutor = environment.shardExecutors().apply(shard);
        this.space = new JournalSpace(environment, shard, path, directory, limits, new SpaceOwner());
    }

    private record KeptFile(long sequence, long firstFrame, long bytes) {}

    @Override
    public Future<Contents> open(Restore restore) {
        Promise<Contents> promise = Promise.promise();
        environment.journalExecutors().apply(shard).execute(() -> {
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
        space.prepare();
    }

    private Contents recover(Restore restore) throws IOException {
        JournalRecovery recovery = new JournalRecovery(environment.disk(), environment.rules());
        recovery.readNeeded(path, directory.open(), shard);
        List<RecoveredFile> files = recovery.files();
        int epoch = 1;
        for (RecoveredFile file : files) {
            epoch = Math.max(epoch, file.header.epoch() + 1);
            kept.add(new KeptFile(file.header.sequence(), file.header.firstFrame(), file.bytes));
        }
        Contents contents = recovery.contents(epoch);
        restore.from(contents);
        directory.ownedBy(epoch);
        markEnd(recovery.end());
        JournalTakeover.Begun begun =
                new JournalTakeover(directory, recovery, JournalSpace.firstFileBytes(limits)).begin(shard, epoch);
        if (begun.replacesNewest()) {
            kept.removeLast();
        }
        FileHeader header = begun.header();
        kept.add(new KeptFile(
                header.sequence(), header.firstFrame(), begun.spare().bytes()));
        directory.trim(kept.size());
        nextFrame = recovery.lastFrame() + 1;
        space.begin(begun.spare(), begun.position());
        writer = new JournalWriter(
                directory,
                environment.journalExecutors().apply(shard),
                new WriterProgress(),
                limits.getJournalGroupBytes(),
                environment.clock()::monotonicNanos,
                new JournalWriter.Start(
                        begun.spare().file(), header, begun.spare().bytes(), begun.position(), recovery.lastFrame()));
        return contents;
    }

    /** A journal of an earlier release gets its mark now. A full disk may have no room for it. */
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

    @Override
    public long append(FrameKind kind, FrameBody body) {
        return append(kind, body, 0);
    }

    @Override
    public long append(FrameKind kind, FrameBody body, long forceWithinMillis) {
        long number = nextFrame++;
        unforcedBytes += body.length();
        space.queued(body.length());
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
            environment.timers().after(shard, withinMillis, () -> {
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
    public ForceFigures forceFigures() {
        return forceTimes.figures(environment.clock().monotonicNanos());
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
        if (held) {
            return 0;
        }
        long bytes = 0;
        KeptFile before = null;
        for (KeptFile file : kept) {
            if (file.firstFrame() - 1 > upToFrame) {
                break;
            }
            bytes += before == null ? 0 : before.bytes();
            before = file;
        }
        return bytes;
    }

    @Override
    public Room roomFor(int bodyBytes) {
        return space.roomFor(bodyBytes);
    }

    @Override
    public Room roomNow(int bodyBytes) {
        return space.roomNow(bodyBytes);
    }

    @Override
    public boolean isMostlyKept() {
        return space.isMostlyKept();
    }

    @Override
    public Future<Void> hold() {
        held = true;
        Promise<Void> settled = Promise.promise();
        // After all files that are on their way out.
        environment.journalExecutors().apply(shard).execute(settled::complete);
        return settled.future();
    }

    @Override
    public void letGo() {
        if (held) {
            held = false;
            if (!stopped) {
                release(releasedMeanwhile);
            }
        }
    }

    @Override
    public void release(long upToFrame) {
        if (held) {
            releasedMeanwhile = Math.max(releasedMeanwhile, upToFrame);
            return;
        }
        while (kept.size() > 1) {
            KeptFile oldest = kept.removeFirst();
            if (kept.getFirst().firstFrame() - 1 > upToFrame) {
                kept.addFirst(oldest);
                return;
            }
            writing()
                    .retire(
                            oldest.sequence(),
                            oldest.bytes(),
                            space.isUseful(oldest.bytes()),
                            kept.size(),
                            () -> shardExecutor.execute(space::spareReady));
        }
    }

    @Override
    public Future<Void> close(List<FrameBody> checkpoint) {
        Promise<Void> promise = Promise.promise();
        closing = promise;
        if (stopped || space.isStalled()) {
            closeWriter(promise);
            return promise.future();
        }
        // Before the appends, which may already be forced when they return.
        lastFrame = nextFrame + checkpoint.size();
        if (!checkpoint.isEmpty()) {
            neededFrom = nextFrame;
            writing().endsWith(neededFrom);
        }
        checkpoint.forEach(part -> append(FrameKind.CHECKPOINT, part));
        append(FrameKind.PROOF, FrameBody.EMPTY);
        return promise.future();
    }

    /** Frames that wait for room on the disk would wait forever, so they stay unforced. */
    private void closeWriter(Promise<Void> closed) {
        stop();
        writing().close(() -> shardExecutor.execute(closed::tryComplete));
    }

    @Override
    public void abandon() {
        if (!stopped) {
            stop();
            writing().abandon();
        }
        if (closing != null) {
            closeWriter(closing);
        }
    }

    private void stop() {
        stopped = true;
        space.stop();
    }

    private final class SpaceOwner implements JournalSpace.Owner {

        @Override
        public void resume() {
            writing().resume();
        }

        @Override
        public void blocked(boolean isBlocked) {
            listening().blockedForSpace(isBlocked);
        }

        @Override
        public void failed(Throwable cause) {
            abandon();
            listening().failed(cause);
        }

        @Override
        public void stalled() {
            if (closing != null) {
                closeWriter(closing);
            } else {
                listening().stalledForSpace();
            }
        }
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
        public void forced(JournalWriter.Forced forced) {
            shardExecutor.executeNow(() -> {
                unforcedBytes -= forced.bytes();
                usedBytes += forced.used();
                forceTimes.add(
                        forced.nanos(), forced.bytes(), environment.clock().monotonicNanos());
                space.forced(forced);
                if (!stopped) {
                    listening().forced(forced.upToFrame());
                }
                if (!stopped && closing != null && forced.upToFrame() >= lastFrame) {
                    release(neededFrom - 1);
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
                    stop();
                    listening().failed(cause);
                }
                if (closing != null) {
                    closeWriter(closing);
                }
            });
        }

        @Override
        public void needsSpare(long bytes) {
            shardExecutor.execute(() -> {
                if (!stopped) {
                    space.needsSpare(bytes);
                }
            });
        }

        @Override
        public void halfFull() {
            shardExecutor.execute(space::halfFull);
        }

        @Override
        public void rotated(long sequence, long firstFrame, JournalDirectory.Spare file) {
            shardExecutor.execute(() -> {
                kept.addLast(new KeptFile(sequence, firstFrame, file.bytes()));
                space.rotated(file);
            });
        }
    }
}
