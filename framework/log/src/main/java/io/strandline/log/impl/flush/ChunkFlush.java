package io.strandline.log.impl.flush;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkNames;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkWriter;
import io.strandline.log.impl.chunk.HeldArrays;
import io.strandline.log.impl.chunk.KeyIndexBuilder;
import io.strandline.log.impl.chunk.SectionTiers;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.state.Moment;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Moves durable events from memory to chunks, in rounds. A round begins when there are many events in memory, when the
 * oldest of them is old, or when it pins several files of the journal. A round takes everything that is in memory when it
 * begins. A partition with much to flush gets a chunk of its own. The others share one, so that a round costs only a few
 * forces however many partitions there are. Streams with a retention rule share chunks by groups, because a chunk is
 * deleted as a whole: the events of a stream that keeps everything would keep the bytes of the other streams too. The
 * frame that adds the sections is queued when all of their chunks are durable.
 */
public final class ChunkFlush {

    /** From how many bytes on a partition gets a chunk of its own in a round. */
    static final int OWN_CHUNK_BYTES = 8 << 20;

    /**
     * How many journal files are begun after the one with the oldest event in memory until a round begins, however little
     * is in memory. A group of one small append takes a whole page of the journal, so the journal may fill many times
     * faster than memory does.
     */
    static final int PINNED_FILES = 3;

    /** How long an event is in memory alone until a round begins, in milliseconds. */
    static final long MAX_AGE_MILLIS = 3_600_000;

    /** Time between two looks at the age of what is in memory, in milliseconds. */
    private static final long AGE_CHECK_MILLIS = 60_000;

    private static final Logger LOG = Logger.of(ChunkFlush.class);
    private static final int FIRST_RETRY_MILLIS = 250;

    /** Longest pause between two tries of a round, in milliseconds. */
    private static final int LAST_RETRY_MILLIS = 5_000;

    private final FlushedShard shard;
    private final ShardState state;
    private final ChunkStorage storage;
    private final ChunkNames names;
    private final long flushBytes;
    private final Clock clock;
    /** Chunks are put one after the other, so all of them can use one. */
    private final KeyIndexBuilder keyIndex = new KeyIndexBuilder(KeyHash::of);

    private final Backoff pauses = Backoff.exact(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS);
    private boolean running;
    private boolean stopped;
    private boolean fails;
    /** A round waits for its next try. */
    private boolean waits;

    /** Rounds begun: tells the timer of one that failed whether another has begun since. */
    private long tries;

    private long flushedUpToFrame;
    private boolean ageTimer;
    /** When the oldest event in memory was first seen there. */
    private long oldestNanos;

    public ChunkFlush(
            FlushedShard shard,
            ShardState state,
            ChunkStorage storage,
            ChunkNames names,
            long flushBytes,
            Clock clock) {
        this.shard = shard;
        this.state = state;
        this.storage = storage;
        this.names = names;
        this.flushBytes = flushBytes;
        this.clock = clock;
        this.flushedUpToFrame = state.recoveredFlushedUpToFrame();
    }

    /** Batches of frames up to this one are all in chunks, and the applied state says so. */
    public long flushedUpToFrame() {
        if (state.unflushedBytes() == 0) {
            flushedUpToFrame = state.appliedFrame();
        }
        return flushedUpToFrame;
    }

    /** True while the storage refuses what is to be written. */
    public boolean fails() {
        return fails;
    }

    public void stop() {
        stopped = true;
    }

    /** True while a round is under way, or waits for its next try. */
    boolean isRunning() {
        return running;
    }

    /** The storage has more room than before: a round that waits is tried again at once. */
    public void spaceFreed() {
        if (waits) {
            round();
        }
    }

    /** Begins a round if there is a reason and none is running. */
    public void maintain(Journal journal) {
        long upTo = flushedUpToFrame();
        if (running || stopped || state.unflushedBytes() == 0) {
            return;
        }
        if (state.unflushedBytes() >= flushBytes || journal.filesAfter(upTo + 1) >= PINNED_FILES) {
            begin();
        } else if (!ageTimer) {
            oldestNanos = clock.monotonicNanos();
            checkAgeLater();
        }
    }

    /** Begins a round. None is running, and there are events in memory. */
    void begin() {
        running = true;
        // What comes from now on is younger.
        oldestNanos = clock.monotonicNanos();
        round();
    }

    private void checkAgeLater() {
        ageTimer = true;
        shard.after(AGE_CHECK_MILLIS, () -> {
            ageTimer = false;
            if (stopped || state.unflushedBytes() == 0) {
                return;
            }
            if (!running && clock.monotonicNanos() - oldestNanos >= MAX_AGE_MILLIS * 1_000_000) {
                begin();
            }
            checkAgeLater();
        });
    }

    private void round() {
        waits = false;
        tries++;
        if (stopped) {
            return;
        }
        long upToFrame = state.appliedFrame();
        List<ChunkSection> sections = new ArrayList<>();
        List<ChunkId> chunks = new ArrayList<>();
        Future<Void> written = Future.succeededFuture();
        for (ChunkDraft draft : drafts()) {
            written = written.compose(before -> put(draft)).map(added -> {
                sections.addAll(added);
                chunks.add(draft.id());
                return null;
            });
        }
        written.onComplete(result -> shard.execute(() -> {
            fails = result.failed();
            if (fails) {
                abandon(chunks, result.cause());
                return;
            }
            pauses.reset();
            if (!stopped) {
                add(sections, upToFrame);
            }
        }));
    }

    private void add(List<ChunkSection> sections, long upToFrame) {
        ControlRecord added = new ControlRecord.ChunksAdded(sections);
        shard.queue(FrameKind.CONTROL, FrameBody.of(ControlRecord.encode(List.of(added))), new Added(added, upToFrame));
    }

    /** Deletes what a round had written before it failed, so that its repeats do not fill the disk. */
    private void abandon(List<ChunkId> chunks, Throwable cause) {
        for (ChunkId chunk : chunks) {
            // One that cannot be deleted either is swept by the next start.
            storage.delete(chunk.objectName());
        }
        if (!stopped
                && !(cause instanceof IOException
                        || cause instanceof UncheckedIOException
                        || cause instanceof StrandlineException)) {
            // No error of the disk, which may pass: this life of the shard ends.
            throw new IllegalStateException("shard " + state.shard() + " could not write a chunk", cause);
        }
        if (!stopped) {
            long pause = pauses.next();
            LOG.warn("shard {} could not write a chunk, and tries again in {} ms", state.shard(), pause, cause);
            waits = true;
            long failed = tries;
            shard.after(pause, () -> tryAgain(failed));
            shard.flushFailed();
        }
    }

    private void tryAgain(long failed) {
        if (tries == failed) {
            round();
        }
    }

    /** Waits for the frame that adds the sections of a round. */
    private final class Added implements Pending {

        private final ControlRecord added;
        private final long upToFrame;

        Added(ControlRecord added, long upToFrame) {
            this.added = added;
            this.upToFrame = upToFrame;
        }

        @Override
        public void forced() {
            added.applyTo(state);
            flushedUpToFrame = upToFrame;
            running = false;
            shard.chunksAdded();
        }

        @Override
        public void fail(StrandlineException cause) {
            // The shard stops, and the next one sweeps the chunks if the frame did not survive.
        }
    }

    /**
     * A chunk to be written.
     *
     * @param id its name
     * @param sections what it is to hold
     */
    private record ChunkDraft(ChunkId id, List<ChunkWriter.Draft> sections) {}

    private Future<List<ChunkSection>> put(ChunkDraft draft) {
        return storage.put(draft.id().objectName(), new ChunkWriter(draft.id(), draft.sections(), keyIndex));
    }

    /** What a partition has in memory: one section, or several where a rule of age wants to remove them one by one. */
    private static List<ChunkWriter.Draft> sections(Partition partition, HeldArrays memory, Moment now) {
        BatchRun tail = partition.tail();
        SectionTiers.Limits limits = partition.mergeLimits();
        long span = limits == null ? Long.MAX_VALUE : limits.maxSpanMillis();
        List<ChunkWriter.Draft> sections = new ArrayList<>();
        int from = 0;
        long begun = 0;
        for (int i = 0; i < tail.size() && span < Long.MAX_VALUE; i++) {
            // The time by which retention judges: stamps under a clock that was ahead are all the same.
            long time = partition.timeOf(tail.stamp(i), tail.endOffset(i), now);
            if (i == 0) {
                begun = time;
            } else if (time - begun > span) {
                sections.add(new ChunkWriter.Draft(partition.id(), tail.copy(from, i, memory)));
                from = i;
                begun = time;
            }
        }
        sections.add(new ChunkWriter.Draft(partition.id(), tail.copy(from, tail.size(), memory)));
        return sections;
    }

    private List<ChunkDraft> drafts() {
        List<ChunkDraft> drafts = new ArrayList<>();
        SortedMap<Integer, List<ChunkWriter.Draft>> shared = new TreeMap<>();
        Moment now = Moment.of(clock);
        HeldArrays memory = state.memory().frozen();
        for (Partition partition : state.dirtyPartitions()) {
            List<ChunkWriter.Draft> sections = sections(partition, memory, now);
            if (partition.tail().bytes() >= OWN_CHUNK_BYTES) {
                drafts.add(new ChunkDraft(names.next(), sections));
            } else {
                shared.computeIfAbsent(partition.chunkGroup(), any -> new ArrayList<>())
                        .addAll(sections);
            }
        }
        shared.values().forEach(sections -> drafts.add(new ChunkDraft(names.next(), sections)));
        return drafts;
    }
}
