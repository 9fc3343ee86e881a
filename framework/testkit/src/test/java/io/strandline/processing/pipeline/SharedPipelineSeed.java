package io.strandline.processing.pipeline;

import static io.strandline.log.Applications.get;

import io.strandline.EventRecord;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.log.MemoryEngine;
import io.strandline.log.RandomScaling;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A pipeline that members share, which come, leave, are paused beyond their lease, work on, are heard again, and are killed, while
 * source and sink are scaled. The seed decides on what happens. Threads are those of an application, so a seed is not always the same
 * run.
 */
final class SharedPipelineSeed {

    private static final int ROUNDS = 14;
    private static final int DEPOSITS_PER_ROUND = 60;
    private static final int MAX_MEMBERS = 4;
    private static final int MAX_PARTITIONS = 8;
    private static final int MAX_SHUFFLE_PARTITIONS = 6;
    private static final int LOG_RETENTION_INTERVAL_MILLIS = 20;
    private static final long FOREVER_MILLIS = 86_400_000;
    private static final long LEASE_MILLIS = 120;
    private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /**
     * What has happened.
     *
     * @param paused members that the others were to believe dead
     * @param stalled members whose calls to the log came late
     */
    record Report(int killed, int paused, int left, int stalled) {}

    private final long seed;
    private final boolean isFenced;
    private final boolean isStaged;
    private final Random random;
    private final int parts;
    private final Vertx vertx = Vertx.vertx();
    private final List<PipelineMembers> members = new ArrayList<>();
    private final List<PipelineMembers> paused = new ArrayList<>();
    private final LogPort port;
    private final Strandline log;
    private Future<?> scaled = Future.succeededFuture();
    private int killedCount;
    private int pausedCount;
    private int leftCount;
    private int stalledCount;

    /** @param isFenced false to prove that it is noticed when members do not fence each other */
    SharedPipelineSeed(long seed, boolean isFenced) {
        this(seed, isFenced, false);
    }

    /** @param isStaged whether several parts have several stages: {@link BranchesPipeline} */
    SharedPipelineSeed(long seed, boolean isFenced, boolean isStaged) {
        this.seed = seed;
        this.isFenced = isFenced;
        this.isStaged = isStaged;
        this.random = new Random(seed);
        this.parts = isStaged ? 2 + random.nextInt(3) : 1 + random.nextInt(4);
        this.log = get(Strandline.open(
                vertx, "memory:", MemoryEngine.options().setRetentionIntervalMillis(LOG_RETENTION_INTERVAL_MILLIS)));
        this.port = Objects.requireNonNull(LogPort.of(log));
    }

    private PipelineOptions options() {
        PipelineOptions options = new PipelineOptions()
                .setThreadingModel(seed % 4 == 3 ? ThreadingModel.WORKER : ThreadingModel.EVENT_LOOP)
                .setParts(parts)
                .setLeaseMillis(LEASE_MILLIS)
                .setShufflePartitions(2)
                .setCheckpointIntervalMillis(86_400_000)
                .setCheckpointEvents(15)
                .setMaxReplayEvents(45)
                .setRetryTimeoutMillis(300);
        return isStaged
                ? options.setShufflePartitions(1 + (int) (seed % 4))
                        .setTickIntervalMillis(50)
                        .setSilenceMillis(FOREVER_MILLIS)
                        .setCheckpointEvents(60)
                        .setMaxReplayEvents(180)
                : options;
    }

    private Pipeline pipeline() {
        if (isStaged) {
            return BranchesPipeline.pipeline();
        }
        return parts == 1 && seed % 2 == 0
                ? AccountsPipeline.shuffled(1, AccountsPipeline.STEP)
                : AccountsPipeline.pipeline(1, AccountsPipeline.STEP);
    }

    /** Throws an AssertionError that names the seed if an output is missing, or is there twice or in another order. */
    Report run() throws Exception {
        try {
            Future<?> created = isStaged ? BranchesPipeline.createStreams(log) : AccountsPipeline.createStreams(log);
            get(created);
            join();
            Future<?> deposited = Future.succeededFuture();
            for (int round = 1; round <= ROUNDS; round++) {
                int deposits = round * DEPOSITS_PER_ROUND;
                deposited = deposited.compose(before -> AccountsPipeline.deposit(vertx, log, deposits));
                act();
                get(vertx.timer(1 + random.nextInt((int) (2 * LEASE_MILLIS)), TimeUnit.MILLISECONDS));
            }
            get(deposited);
            finish();
            return new Report(killedCount, pausedCount, leftCount, stalledCount);
        } finally {
            members.forEach(PipelineMembers::kill);
            paused.forEach(PipelineMembers::kill);
            get(vertx.close());
        }
    }

    private void join() {
        members.add(
                isFenced
                        ? PipelineMembers.join(vertx, port, pipeline(), options())
                        : PipelineMembers.unfenced(vertx, port, pipeline(), options()));
    }

    private PipelineMembers any(List<PipelineMembers> of) {
        return of.remove(random.nextInt(of.size()));
    }

    private void act() {
        switch (random.nextInt(isStaged ? 10 : 8)) {
            case 0, 1 -> {
                if (members.size() < MAX_MEMBERS) {
                    join();
                }
            }
            case 2 -> {
                if (members.size() > 1) {
                    leftCount++;
                    any(members).leave();
                }
            }
            case 3 -> {
                killedCount++;
                any(members).kill();
                if (members.isEmpty()) {
                    join();
                }
            }
            case 4 -> {
                pausedCount++;
                PipelineMembers silent = any(members);
                silent.pause();
                paused.add(silent);
                if (members.isEmpty()) {
                    join();
                }
            }
            case 5 -> {
                if (!paused.isEmpty()) {
                    PipelineMembers heard = any(paused);
                    heard.resume();
                    members.add(heard);
                }
            }
            case 6 -> {
                if (isStaged) {
                    stalledCount++;
                    PipelineMembers stalled = members.get(random.nextInt(members.size()));
                    stalled.stall();
                    vertx.setTimer(1 + random.nextInt((int) (3 * LEASE_MILLIS)), over -> stalled.goOn());
                } else {
                    scale();
                }
            }
            default -> scale();
        }
    }

    private void scale() {
        if (isStaged && random.nextInt(3) == 0) {
            splitShuffle(BranchesPipeline.SHUFFLES.get(random.nextInt(2)));
            return;
        }
        String stream = random.nextBoolean() ? AccountsPipeline.SOURCE : AccountsPipeline.SINK;
        RandomScaling scaling = new RandomScaling(stream, MAX_PARTITIONS, new Random(random.nextLong()));
        scaled = scaled.compose(before -> scaling.next(log));
    }

    /** A merge of an internal stream may bring events after later marks, which makes them late. */
    private void splitShuffle(String stream) {
        int choice = random.nextInt(MAX_SHUFFLE_PARTITIONS);
        scaled = scaled.compose(before -> log.catalog().describe(stream))
                .<Object>compose(described -> {
                    List<PartitionDescription> open = described.partitions();
                    PartitionDescription parent = open.get(choice % open.size());
                    return open.size() == MAX_SHUFFLE_PARTITIONS
                            ? Future.succeededFuture()
                            : log.catalog()
                                    .scale(
                                            stream,
                                            Set.of(parent.id()),
                                            parent.keys().halves())
                                    .mapEmpty();
                })
                .recover(cause -> cause instanceof StrandlineException.NotFound // nobody has begun yet
                        ? Future.succeededFuture()
                        : Future.failedFuture(cause));
    }

    private void finish() throws Exception {
        get(scaled);
        paused.forEach(PipelineMembers::resume);
        members.addAll(paused);
        paused.clear();
        if (isStaged) {
            finishStages();
            return;
        }
        List<EventRecord<String>> source = read(AccountsPipeline.SOURCE);
        check(source.size() == ROUNDS * DEPOSITS_PER_ROUND, "every deposit is there once", source.size());
        long expected = AccountsPipeline.expected(source).values().stream()
                .mapToLong(List::size)
                .sum();
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (read(AccountsPipeline.SINK).size() < expected) {
            check(
                    System.nanoTime() < deadline,
                    "every output comes",
                    read(AccountsPipeline.SINK).size());
            requireMembers();
            get(vertx.timer(5, TimeUnit.MILLISECONDS));
        }
        members.forEach(PipelineMembers::leave);
        members.clear();
        List<EventRecord<String>> sink = read(AccountsPipeline.SINK);
        check(
                AccountsPipeline.actual(sink).equals(AccountsPipeline.expected(source)),
                "each output is there once, in order",
                AccountsPipeline.actual(sink));
    }

    private void requireMembers() {
        for (PipelineMembers member : members) {
            Throwable cause = member.failure();
            check(cause == null, "no member ends by itself", String.valueOf(cause));
        }
    }

    private void finishStages() {
        int closing = get(BranchesPipeline.close(vertx, log, ROUNDS * DEPOSITS_PER_ROUND));
        List<EventRecord<String>> source = read(AccountsPipeline.SOURCE);
        check(source.size() == ROUNDS * DEPOSITS_PER_ROUND + closing, "every deposit is there once", source.size());
        List<String> windows = BranchesPipeline.expectedWindows(source);
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (read(AccountsPipeline.SINK).size() < source.size()
                || read(BranchesPipeline.WINDOWS).size() < windows.size()) {
            check(
                    System.nanoTime() < deadline,
                    "every output comes",
                    read(AccountsPipeline.SINK).size() + " of " + source.size() + ", windows "
                            + read(BranchesPipeline.WINDOWS).size() + " of " + windows.size());
            requireMembers();
            members.forEach(PipelineMembers::tell);
            get(vertx.timer(50, TimeUnit.MILLISECONDS));
        }
        members.forEach(PipelineMembers::leave);
        members.clear();
        List<EventRecord<String>> sink = read(AccountsPipeline.SINK);
        check(sink.size() == source.size(), "each output is there once", sink.size());
        String defect = BranchesPipeline.defect(source, sink);
        check(defect == null, "each output is there once, in order", String.valueOf(defect));
        List<String> found = BranchesPipeline.windows(read(BranchesPipeline.WINDOWS));
        check(found.equals(windows), "each window is there once and whole", found + ", not " + windows);
    }

    private List<EventRecord<String>> read(String stream) {
        return Applications.run(vertx, () -> log.read(stream, AccountsPipeline.TEXT, new ReaderOptions())
                .compose(Applications::toEnd));
    }

    private void check(boolean holds, String invariant, Object found) {
        if (!holds) {
            throw new AssertionError("-Dstrandline.seed=" + seed + ": " + invariant + ": " + found);
        }
    }
}
