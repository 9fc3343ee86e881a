package io.strandline.log.impl.flush;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.chunk.CheckedChunks;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkNames;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.ChunkSpace;
import io.strandline.log.impl.chunk.ChunkWriter;
import io.strandline.log.impl.chunk.KeyIndexBuilder;
import io.strandline.log.impl.chunk.Replacement;
import io.strandline.log.impl.chunk.SectionTiers;
import io.strandline.log.impl.chunk.SectionTiers.Window;
import io.strandline.log.impl.chunk.StoredSections;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.state.Moment;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.NoSpaceException;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the chunks of a shard few and mostly live, in rounds. A round merges neighbouring sections as {@link
 * SectionTiers} decides. It also moves live data out of chunks that are less than half live, and out of small chunks when
 * there are many. New chunks are written from the old ones. Then one frame replaces the old sections with the new ones.
 * When that frame is forced and applied, chunks that nothing refers to any more are deleted. A crash leaves either the
 * old sections or the new ones.
 *
 * <p>Compaction gives way to appends. A round takes {@link #roundBytes} at a time. After each round, compaction waits as
 * its rate asks, unless the shard is idle. Planning looks at a bounded number of partitions in one task.
 */
public final class Compaction {

    /** Partitions that one task looks at. */
    private static final int PARTITIONS_PER_TASK = 256;

    /** Merges that a round does, so that the frame which says so stays small. */
    private static final int MERGES_PER_ROUND = 4096;

    /** Chunks below half of a full section that are left alone, beside one for each so many bytes of the shard. */
    private static final int SMALL_CHUNKS = 32;

    /** Small chunks that a round puts together. */
    private static final int SMALL_CHUNKS_PER_ROUND = 24;

    private static final int FIRST_RETRY_MILLIS = 1_000;
    private static final int LAST_RETRY_MILLIS = 60_000;

    private static final Logger LOG = Logger.of(Compaction.class);

    private final FlushedShard shard;
    private final ShardState state;
    private final ChunkStorage storage;
    private final ChunkNames names;
    private final Clock clock;
    private final SectionTiers.Limits limits;
    private final long roundBytes;
    private final long bytesPerSecond;
    private final KeyIndexBuilder keyIndex = new KeyIndexBuilder(KeyHash::of);

    /** Chunks that are damaged, or need a library that is missing: named once, and left alone. */
    private final Set<ChunkId> unreadable = new HashSet<>();

    private boolean begun;
    private boolean isMeasured;
    private boolean running;
    private boolean waits;
    private volatile boolean stopped;
    private final Backoff pauses = Backoff.exact(FIRST_RETRY_MILLIS, LAST_RETRY_MILLIS);
    private long appendedBytes;

    /** The chunk that a round reads at the moment. */
    private volatile @Nullable ChunkId reads;

    /** What was appended when the last round ended. */
    private long appendedBefore;

    /** @param shardCount shards of the log, which share the rate */
    public Compaction(ShardStorage storage, ShardLimits shardLimits, int shardCount, Environment environment) {
        this.shard = storage.shard();
        this.state = storage.state();
        this.storage = storage.chunks();
        this.names = storage.names();
        this.clock = environment.clock();
        this.limits = new SectionTiers.Limits(shardLimits.getSectionBytes(), Long.MAX_VALUE);
        this.roundBytes = shardLimits.getSectionBytes();
        this.bytesPerSecond = shardLimits.getCompactionBytesPerSecond() / shardCount;
    }

    public void stop() {
        stopped = true;
    }

    /** Counts what is appended to the shard, to which a round gives way. */
    public void appended(int bytes) {
        appendedBytes += bytes;
    }

    /** Learns how large the chunks are that recovery found, and begins. */
    public void begin() {
        if (begun) {
            return;
        }
        begun = true;
        storage.sizes()
                .onComplete(sizes -> shard.execute(() -> {
                    // A chunk whose size is not known counts as what its sections have.
                    if (sizes.succeeded()) {
                        sizes.result().forEach(this::measured);
                    }
                    isMeasured = true;
                    maintain();
                }));
    }

    private void measured(String name, long bytes) {
        ChunkId id = ChunkId.parse(name);
        if (id != null) {
            state.space().measured(id, bytes);
        }
    }

    /** Begins a round if there is a reason, none is running and none waits for its time. */
    public void maintain() {
        if (isMeasured && !running && !waits && !stopped && hasReason()) {
            running = true;
            round();
        }
    }

    private boolean hasReason() {
        return state.hasUnmerged() || wastesSpace() || hasManySmallChunks();
    }

    /** A little waste is not worth a round. */
    private boolean wastesSpace() {
        return state.space().deadBytes() > roundBytes / 8
                && state.space().wasteful().size() > unreadable.size();
    }

    /** True if small chunks are to be put together: no more should be made that can be avoided. */
    boolean hasManySmallChunks() {
        ChunkSpace space = state.space();
        return space.chunks().size() > SMALL_CHUNKS + space.fileBytes() / smallBytes() + unreadable.size();
    }

    private long smallBytes() {
        return roundBytes / 2;
    }

    private void round() {
        plan(new Plan());
    }

    /** Looks at more partitions, in a task of its own, until the round has enough to do. */
    private void plan(Plan plan) {
        if (stopped) {
            return;
        }
        plan.addMerges();
        if (plan.takesMerges() && state.hasUnmerged()) {
            shard.execute(() -> plan(plan));
            return;
        }
        plan.addWasteful();
        plan.addSmall();
        if (!plan.isEmpty()) {
            write(plan);
        } else {
            running = false;
        }
    }

    /**
     * Sections of one partition that become one.
     *
     * @param partition the partition, as it was when the round was planned
     * @param sections neighbours, one or more
     * @param startOffset where the partition started
     */
    private record Merge(Partition partition, List<ChunkSection> sections, long startOffset) {

        long bytes() {
            return sections.stream().mapToLong(ChunkSection::storedBytes).sum();
        }
    }

    /**
     * A chunk to be written.
     *
     * @param id its name
     * @param merges what becomes its sections, in their order
     */
    private record ChunkDraft(ChunkId id, List<Merge> merges) {}

    // ---- what a round does

    /** Gathers what a round does, up to its bytes. */
    private final class Plan {

        private final List<Merge> merges = new ArrayList<>();
        private final Set<ChunkSection> taken = new HashSet<>();
        private long bytes;
        private boolean putsTogether;

        boolean isEmpty() {
            return merges.isEmpty();
        }

        private boolean isFull() {
            return bytes >= roundBytes;
        }

        boolean takesMerges() {
            return !isFull() && merges.size() < MERGES_PER_ROUND;
        }

        void addMerges() {
            for (int i = 0; i < PARTITIONS_PER_TASK && takesMerges(); i++) {
                Partition partition = state.pollUnmerged();
                if (partition == null) {
                    return;
                }
                if (state.partition(partition.id()) == partition) {
                    addMerge(partition);
                }
            }
        }

        private void addMerge(Partition partition) {
            SectionTiers.Limits own = partition.mergeLimits();
            Moment now = Moment.of(clock);
            // Sections that cannot be read stay, and what is between them is merged by itself.
            int from = 0;
            for (int to = 0; to <= partition.sections().size(); to++) {
                if (to == partition.sections().size()
                        || unreadable.contains(partition.sections().get(to).chunk())) {
                    Window window = SectionTiers.due(
                            partition.sections().subList(from, to),
                            own == null ? limits : own,
                            section -> partition.timeOf(section.lastStamp(), section.endOffset(), now));
                    if (window != null) {
                        add(partition, from + window.from(), from + window.to());
                        return;
                    }
                    from = to + 1;
                }
            }
        }

        /** Moves live data out of chunks that are less than half live. */
        void addWasteful() {
            if (!wastesSpace()) {
                return;
            }
            for (ChunkSpace.Chunk chunk : state.space().wasteful()) {
                if (isFull()) {
                    return;
                }
                addAll(chunk);
            }
        }

        /** Puts small chunks together, the smallest first. */
        void addSmall() {
            if (!hasManySmallChunks() || !merges.isEmpty()) {
                return;
            }
            putsTogether = true;
            state.space().chunks().stream()
                    .filter(chunk -> chunk.fileBytes() < smallBytes())
                    .sorted((one, other) -> {
                        int bySize = Long.compare(one.fileBytes(), other.fileBytes());
                        return bySize != 0
                                ? bySize
                                : one.id().objectName().compareTo(other.id().objectName());
                    })
                    .limit(SMALL_CHUNKS_PER_ROUND)
                    .takeWhile(chunk -> !isFull())
                    .forEach(this::addAll);
        }

        /** Takes the sections of a chunk, neighbours together. */
        private void addAll(ChunkSpace.Chunk chunk) {
            if (unreadable.contains(chunk.id())) {
                return;
            }
            for (long id : chunk.partitions()) {
                Partition partition = state.partition(id);
                int size = partition == null ? 0 : partition.sections().size();
                for (int from = 0; partition != null && from < size; from++) {
                    int to = from;
                    while (to < size && partition.sections().get(to).chunk().equals(chunk.id())) {
                        to++;
                    }
                    if (to > from) {
                        add(partition, from, to);
                        from = to;
                    }
                }
            }
        }

        private void add(Partition partition, int from, int to) {
            List<ChunkSection> sections = List.copyOf(partition.sections().subList(from, to));
            for (ChunkSection section : sections) {
                if (unreadable.contains(section.chunk()) || taken.contains(section)) {
                    return;
                }
            }
            taken.addAll(sections);
            Merge merge = new Merge(partition, sections, partition.startOffset());
            merges.add(merge);
            bytes += merge.bytes();
        }

        /** A large section gets a chunk of its own. The others share chunks, by the groups that retention wants. */
        List<ChunkDraft> drafts() {
            if (putsTogether) {
                return List.of(new ChunkDraft(names.next(), merges));
            }
            List<ChunkDraft> drafts = new ArrayList<>();
            SortedMap<Integer, List<Merge>> shared = new TreeMap<>();
            for (Merge merge : merges) {
                if (merge.bytes() >= roundBytes / 4) {
                    drafts.add(new ChunkDraft(names.next(), List.of(merge)));
                } else {
                    shared.computeIfAbsent(merge.partition().chunkGroup(), any -> new ArrayList<>())
                            .add(merge);
                }
            }
            shared.values().forEach(of -> drafts.add(new ChunkDraft(names.next(), of)));
            return drafts;
        }
    }

    // ---- a round

    private void write(Plan plan) {
        List<ChunkDraft> drafts = plan.drafts();
        List<Replacement> replacements = new ArrayList<>();
        Future<Void> written = Future.succeededFuture();
        for (ChunkDraft draft : drafts) {
            written = written.compose(before -> write(draft, replacements));
        }
        written.onComplete(result -> shard.execute(() -> {
            if (result.failed()) {
                abandon(drafts, plan, result.cause());
            } else if (!stopped) {
                replace(drafts, replacements, plan);
            }
        }));
    }

    private Future<Void> write(ChunkDraft draft, List<Replacement> replacements) {
        return storage.rewrite(draft.id().objectName(), (input, output) -> {
                    CheckedChunks chunks = new CheckedChunks(input, chunk -> reads = chunk);
                    List<StoredSections> sources = new ArrayList<>();
                    for (Merge merge : draft.merges()) {
                        sources.add(new StoredSections(merge.sections(), merge.startOffset(), chunks, () -> stopped));
                    }
                    return new ChunkWriter(draft.id(), sources, keyIndex).writeTo(output);
                })
                .map(sections -> {
                    for (int i = 0; i < sections.size(); i++) {
                        long from = draft.merges().get(i).sections().get(0).baseOffset();
                        replacements.add(new Replacement(from, sections.get(i)));
                    }
                    return null;
                });
    }

    private void replace(List<ChunkDraft> drafts, List<Replacement> replacements, Plan plan) {
        ControlRecord replaced = new ControlRecord.SectionsReplaced(replacements);
        FrameBody body = FrameBody.of(ControlRecord.encode(List.of(replaced)));
        if (!shard.hasRoomToFree(body.length())) {
            abandon(
                    drafts,
                    plan,
                    new NoSpaceException("no room in the journal for a frame of " + body.length() + " bytes"));
            return;
        }
        shard.queue(FrameKind.CONTROL, body, new Pending() {
            @Override
            public void forced() {
                replaced.applyTo(state);
                replacements.forEach(replacement ->
                        state.space().settle(replacement.section().chunk()));
                pauses.reset();
                ended(plan.bytes);
            }

            @Override
            public void fail(StrandlineException cause) {
                // The shard stops, and the next one sweeps the chunks if the frame did not survive.
            }
        });
    }

    private void delete(ChunkId chunk) {
        // One that cannot be deleted is swept by the next start.
        storage.delete(chunk.objectName());
    }

    /** Deletes what a round had written before it failed, so that its repeats do not fill the disk. */
    private void abandon(List<ChunkDraft> drafts, Plan plan, Throwable cause) {
        drafts.forEach(draft -> delete(draft.id()));
        if (stopped) {
            return;
        }
        plan.merges.forEach(merge -> state.sectionsChanged(merge.partition()));
        ChunkId culprit = reads;
        if (culprit != null && isUnreadable(cause)) {
            unreadable.add(culprit);
            LOG.error(
                    cause instanceof StrandlineException.Corrupt
                            ? "shard {} leaves chunk {} as it is, because it is damaged; restore it from a backup"
                            : "shard {} leaves chunk {} as it is until the log is opened with what it needs",
                    state.shard(),
                    culprit.objectName(),
                    cause);
            ended(plan.bytes);
            return;
        }
        long pause = pauses.next();
        LOG.warn("shard {} could not merge chunks, and tries again in {} ms", state.shard(), pause, cause);
        goOnAfter(pause);
    }

    private static boolean isUnreadable(Throwable cause) {
        return cause instanceof StrandlineException.Corrupt || cause instanceof StrandlineException.Invalid;
    }

    private void ended(long bytes) {
        boolean isIdle = appendedBytes - appendedBefore < bytes / 8;
        appendedBefore = appendedBytes;
        goOnAfter(isIdle ? 0 : Math.max(1, bytes * 1_000 / bytesPerSecond));
    }

    private void goOnAfter(long millis) {
        running = false;
        if (millis == 0) {
            shard.execute(this::maintain);
            return;
        }
        waits = true;
        shard.after(millis, () -> {
            waits = false;
            maintain();
        });
    }
}
