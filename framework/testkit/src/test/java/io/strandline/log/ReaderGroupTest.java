package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.PoisonDecision;
import io.strandline.processing.group.PoisonEventException;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.SkippedEvents;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reader groups on a log of files, with their state in the same log. */
class ReaderGroupTest {

    private static final String STREAM = "shop/orders";
    private static final StreamName STREAM_NAME = StreamName.parse(STREAM);
    private static final String GROUP = "shop/billing";
    private static final GroupReaderOptions DEFAULTS = new GroupReaderOptions();

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Map<Long, List<Long>> offsets = new ConcurrentHashMap<>();
    private final AtomicInteger handled = new AtomicInteger();
    private final Map<GroupReader<String>, Context> contexts = new ConcurrentHashMap<>();
    private Strandline log;
    private StateSync sync;

    @BeforeEach
    void open() {
        log = get(Strandline.open(vertx, "file:" + directory, new LogOptions().setShards(2)));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(8)));
        sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    /** A lease so long that no pause of the machine ends it. */
    private static GroupOptions options() {
        return new GroupOptions().setStreams(STREAM).setLeaseMillis(60_000).setCheckpointIntervalMillis(20);
    }

    private ReaderGroup group(GroupOptions options) {
        return get(ReaderGroup.open(vertx, log, sync, GROUP, options));
    }

    private GroupReader<String> join(Context context, ReaderGroup group, String name, GroupHandler<String> handler) {
        GroupReader<String> reader = get(start(context, () -> group.join(name, AccountsPipeline.TEXT, DEFAULTS)
                .map(joined -> joined.handler(handler))));
        contexts.put(reader, context);
        return reader;
    }

    private GroupReader<String> join(ReaderGroup group, String name) {
        return join(newContext(vertx), group, name, this::note);
    }

    private Future<?> note(GroupEvent<String> event) {
        offsets.computeIfAbsent(event.record().partition(), none -> new CopyOnWriteArrayList<>())
                .add(event.record().offset());
        handled.incrementAndGet();
        return Future.succeededFuture();
    }

    private void append(int from, int to) {
        get(start(newContext(vertx), () -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> appendAll(writer, from, to))));
    }

    private static Future<Void> appendAll(EventWriter<String> writer, int from, int to) {
        List<Future<?>> appended = new ArrayList<>();
        IntStream.range(from, to).forEach(i -> appended.add(writer.append("key" + i % 50, "order " + i)));
        return Future.all(appended).compose(done -> writer.end());
    }

    private void assertEachOnceAndInOrder(int events) {
        assertThat(handled).hasValue(events);
        offsets.forEach((partition, seen) -> assertThat(seen)
                .as("partition %d", partition)
                .isEqualTo(
                        IntStream.range(0, seen.size()).mapToObj(i -> (long) i).toList()));
    }

    private StreamCut end() {
        return get(log.catalog().endCut(STREAM));
    }

    @Test
    void readersShareAStreamAndHandPartitionsOverWithoutARepeat() {
        ReaderGroup group = group(options());
        GroupReader<String> first = join(group, "first");
        append(0, 500);
        GroupReader<String> second = join(group, "second");
        GroupReader<String> third = join(group, "third");
        append(500, 1_000);
        awaitShares(group, List.of(2, 3, 3));
        append(1_000, 1_500);
        leave(second);
        append(1_500, 2_000);
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(2_000);
        assertThat(get(group.lag()))
                .hasEntrySatisfying(STREAM_NAME, lag -> assertThat(lag.values()).containsOnly(0L));
        assertThat(get(group.readers())).containsOnlyKeys("first", "third");
        get(group.close());
        get(first.ended());
        get(third.ended());
    }

    /** Waits until the readers have so many partitions each, in ascending order. */
    private void awaitShares(ReaderGroup group, List<Integer> shares) {
        get(lookAtShares(group, shares));
    }

    private Future<Void> lookAtShares(ReaderGroup group, List<Integer> shares) {
        return group.readers()
                .compose(readers -> readers.values().stream().sorted().toList().equals(shares)
                        ? Future.succeededFuture()
                        : vertx.timer(5).compose(later -> lookAtShares(group, shares)));
    }

    private void leave(GroupReader<String> reader) {
        get(start(Objects.requireNonNull(contexts.get(reader)), reader::leave));
    }

    @Test
    void whatASilentReaderHadIsReadAgainAndItsCommitsAreRefused() throws InterruptedException {
        GroupOptions options = options().setLeaseMillis(1_500).setCheckpointIntervalMillis(100);
        ReaderGroup group = group(options);
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Set<String> processed = ConcurrentHashMap.newKeySet();
        Context worker = ((VertxInternal) vertx).createWorkerContext();
        GroupReader<String> victim = join(worker, group, "victim", event -> {
            if (processed.size() > 200) {
                stuck.countDown();
                await(release);
            }
            processed.add(event.event());
            return Future.succeededFuture();
        });
        append(0, 1_000);
        await(stuck);
        GroupReader<String> other = join(newContext(vertx), group, "other", event -> {
            processed.add(event.event());
            return Future.succeededFuture();
        });
        until(vertx, "the other reads everything", () -> processed.size() == 1_000);
        get(group.awaitPosition(end()));
        release.countDown();
        awaitShares(group, List.of(4, 4));
        assertThat(get(group.position()).get(STREAM_NAME)).isEqualTo(end());
        assertThat(victim.ended().isComplete()).isFalse();
        assertThat(other.ended().isComplete()).isFalse();
        get(group.close());
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(Applications.DEADLINE_SECONDS, TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aCheckpointIsACutToWhichTheGroupGoesBack() {
        ReaderGroup group = group(options());
        join(group, "first");
        join(group, "second");
        append(0, 300);
        get(group.awaitPosition(end()));
        StreamCut cut = end();
        GroupCheckpoint checkpoint = get(group.checkpoint("noon"));
        assertThat(checkpoint.complete()).isTrue();
        assertThat(checkpoint.cuts()).containsExactly(Map.entry(STREAM_NAME, cut));
        append(300, 500);
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(500);

        get(group.resetToCheckpoint("noon"));
        until(vertx, "200 events again", () -> handled.get() == 700);
        get(group.resetToStart());
        until(vertx, "500 events again", () -> handled.get() == 1_200);
        get(group.resetTo(cut));
        until(vertx, "200 events once more", () -> handled.get() == 1_400);

        assertThat(failure(group.checkpoint("noon"))).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(get(group.dropCheckpoint("noon"))).isTrue();
        assertThat(get(group.dropCheckpoint("noon"))).isFalse();
        assertThat(failure(group.resetToCheckpoint("noon"))).isInstanceOf(StrandlineException.NotFound.class);
        get(group.close());
    }

    @Test
    void atABoundaryNothingIsAtTheHandler() {
        ReaderGroup group = group(options());
        Map<Long, Long> state = new ConcurrentHashMap<>();
        Queue<Map<Long, Long>> saved = new ConcurrentLinkedQueue<>();
        Queue<Map<Long, Long>> cuts = new ConcurrentLinkedQueue<>();
        Context context = newContext(vertx);
        get(start(context, () -> group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.boundaryHandler(boundary -> {
                            saved.add(Map.copyOf(state));
                            cuts.add(Objects.requireNonNull(boundary.cuts().get(STREAM_NAME))
                                    .offsets());
                            return vertx.timer(5);
                        })
                        .handler(event -> vertx.timer(1)
                                .onSuccess(done -> state.put(
                                        event.record().partition(),
                                        event.record().offset() + 1))))));
        append(0, 200);
        for (String name : List.of("a", "b", "c")) {
            get(group.checkpoint(name));
        }
        assertThat(saved).hasSize(3);
        List<Map<Long, Long>> all = List.copyOf(cuts);
        int i = 0;
        for (Map<Long, Long> one : saved) {
            Map<Long, Long> cut = all.get(i++);
            cut.forEach((partition, offset) ->
                    assertThat(one.getOrDefault(partition, 0L)).isEqualTo(offset));
        }
        get(group.close());
    }

    @Test
    void aBoundedGroupEndsWhereItShould() {
        append(0, 400);
        StreamCut until = end();
        append(400, 600);
        ReaderGroup group = group(options().setUntil(until));
        GroupReader<String> first = join(group, "first");
        GroupReader<String> second = join(group, "second");
        get(first.ended());
        get(second.ended());
        assertEachOnceAndInOrder(400);
    }

    @Test
    void aGroupFollowsSplitsAndMergesInTheOrderOfEachKey() {
        ReaderGroup group = group(options());
        Map<String, List<String>> ofKeys = new ConcurrentHashMap<>();
        GroupHandler<String> handler = event -> {
            ofKeys.computeIfAbsent(String.valueOf(event.record().key()), none -> new CopyOnWriteArrayList<>())
                    .add(event.event());
            return Future.succeededFuture();
        };
        join(newContext(vertx), group, "first", handler);
        join(newContext(vertx), group, "second", handler);
        append(0, 500);
        for (int i = 0; i < 6; i++) {
            List<PartitionDescription> open =
                    get(log.catalog().describe(STREAM)).partitions();
            KeyRange keys = open.get(i).keys();
            KeyRange next = open.get(i + 1).keys();
            get(
                    i % 2 == 0
                            ? log.catalog().scale(STREAM, Set.of(open.get(i).id()), halves(keys))
                            : log.catalog()
                                    .scale(
                                            STREAM,
                                            Set.of(
                                                    open.get(i).id(),
                                                    open.get(i + 1).id()),
                                            List.of(new KeyRange(keys.from(), next.to()))));
            append(500 + 100 * i, 600 + 100 * i);
        }
        get(group.awaitPosition(end()));
        assertThat(ofKeys).hasSize(50);
        ofKeys.forEach((key, events) -> assertThat(events)
                .isEqualTo(IntStream.range(0, 22)
                        .map(i -> i * 50 + Integer.parseInt(key.substring("key".length())))
                        .mapToObj(i -> "order " + i)
                        .toList()));
        assertThat(get(group.position())).containsOnly(Map.entry(STREAM_NAME, end()));
        get(group.resetToStart());
        until(vertx, "all again", () -> ofKeys.values().stream().allMatch(events -> events.size() == 44));
        get(group.close());
    }

    private static List<KeyRange> halves(KeyRange keys) {
        long middle = keys.from() + Long.divideUnsigned(keys.to() - keys.from(), 2);
        return List.of(new KeyRange(keys.from(), middle), new KeyRange(middle + 1, keys.to()));
    }

    @Test
    void filteredEventsCountAsRead() {
        append(0, 200);
        ReaderGroup group = group(options().setKeys(List.of("key7")));
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        join(newContext(vertx), group, "only", event -> {
            seen.add(event.event());
            return Future.succeededFuture();
        });
        get(group.awaitPosition(end()));
        assertThat(seen).containsExactly("order 7", "order 57", "order 107", "order 157");
        get(group.close());
    }

    @Test
    void aReaderBehindTheStartGoesOnThere() {
        append(0, 400);
        StreamCut middle = end();
        ReaderGroup group = group(options());
        append(400, 500);
        get(log.catalog().truncate(STREAM, middle));
        Queue<SkippedEvents> gaps = new ConcurrentLinkedQueue<>();
        get(start(newContext(vertx), () -> group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.truncationHandler(gaps::add).handler(this::note))));
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(100);
        assertThat(gaps).hasSize(8).allSatisfy(gap -> assertThat(gap.to()).isEqualTo(middle.offset(gap.partition())));
        get(group.close());
    }

    @Test
    void aPoisonEventStopsItsReaderAndIsTriedAgainByTheNext() {
        ReaderGroup group = group(options().setMaxAttempts(3).setRetryBackOffMillis(1));
        AtomicInteger deliveries = new AtomicInteger();
        GroupHandler<String> handler = event -> {
            if (event.event().equals("order 17")) {
                deliveries.incrementAndGet();
                throw new IllegalStateException("cannot bill order 17");
            }
            return note(event);
        };
        GroupReader<String> first = join(newContext(vertx), group, "first", handler);
        append(0, 100);
        assertThat(failure(first.ended()))
                .isInstanceOf(PoisonEventException.class)
                .hasMessageContaining("cannot bill order 17");
        assertThat(deliveries).hasValue(3);
        join(group, "second");
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(100);
        get(group.close());
    }

    @Test
    void aSkippedEventIsRemembered() {
        ReaderGroup group =
                group(options().setMaxAttempts(2).setRetryBackOffMillis(1).setPoison(PoisonPolicy.SKIP));
        AtomicInteger deliveries = new AtomicInteger();
        join(newContext(vertx), group, "only", event -> {
            if (event.event().equals("order 17")) {
                deliveries.incrementAndGet();
                return Future.failedFuture("cannot bill order 17");
            }
            return note(event);
        });
        append(0, 100);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(99);
        assertThat(deliveries).hasValue(2);
        List<PoisonDecision> decisions = get(group.poisonDecisions());
        assertThat(decisions).hasSize(1);
        assertThat(decisions.get(0).attempts()).isEqualTo(2);
        assertThat(decisions.get(0).policy()).isEqualTo(PoisonPolicy.SKIP);
        assertThat(decisions.get(0).cause()).contains("cannot bill order 17");
        get(group.close());
    }

    @Test
    void aParkedEventHoldsItsKeyUntilItIsReplayed() {
        ReaderGroup group = group(options()
                .setMaxAttempts(2)
                .setRetryBackOffMillis(1)
                .setPoison(PoisonPolicy.PARK)
                .setHoldKeys(true));
        Queue<String> ofKey = new ConcurrentLinkedQueue<>();
        GroupHandler<String> handler = event -> {
            if (event.event().equals("order 57")) {
                return Future.failedFuture("cannot bill order 57");
            }
            if ("key7".equals(event.record().key())) {
                ofKey.add(event.event());
            }
            return note(event);
        };
        join(newContext(vertx), group, "only", handler);
        append(0, 200);
        get(group.awaitPosition(end()));
        assertThat(ofKey).containsExactly("order 7");
        List<ParkedEvent> parked = get(group.parked());
        assertThat(parked).extracting(ParkedEvent::key).containsOnly("key7").hasSize(3);
        assertThat(parked.get(0).cause()).contains("cannot bill order 57");

        List<Long> ids = parked.stream().map(ParkedEvent::id).toList();
        assertThat(failure(replay(group, ids, handler))).hasMessageContaining("cannot bill order 57");
        assertThat(get(group.parked())).hasSize(3);
        assertThat(get(replay(group, ids.subList(0, 1), event -> Future.succeededFuture())))
                .isEqualTo(1);
        append(200, 250); // the key is still held
        get(group.awaitPosition(end()));
        List<Long> left = get(group.parked()).stream().map(ParkedEvent::id).toList();
        assertThat(left).hasSize(3);
        assertThat(get(replay(group, left, handler))).isEqualTo(3);
        assertThat(ofKey).containsExactly("order 7", "order 107", "order 157", "order 207");
        append(250, 300);
        get(group.awaitPosition(end()));
        assertThat(ofKey).endsWith("order 257").hasSize(5);
        assertThat(get(group.parked())).isEmpty();
        get(group.close());
    }

    private Future<Integer> replay(ReaderGroup group, List<Long> ids, GroupHandler<String> handler) {
        return start(newContext(vertx), () -> group.replay(ids, AccountsPipeline.TEXT, handler));
    }

    @Test
    void parkedEventsAreDropped() {
        ReaderGroup group =
                group(options().setMaxAttempts(1).setPoison(PoisonPolicy.PARK).setParkingStream("shop/bad"));
        join(
                newContext(vertx),
                group,
                "only",
                event -> event.event().endsWith("3") ? Future.failedFuture("ends with 3") : note(event));
        append(0, 50);
        get(group.awaitPosition(end()));
        List<Long> ids = get(group.parked()).stream().map(ParkedEvent::id).toList();
        assertThat(ids).hasSize(5);
        assertThat(get(start(newContext(vertx), () -> group.dropParked(ids.subList(0, 4)))))
                .isEqualTo(4);
        assertThat(get(group.parked())).extracting(ParkedEvent::id).containsExactly(ids.get(4));
        get(group.close());
    }

    @Test
    void badInputIsRefusedAndChangesNothing() {
        append(0, 10);
        ReaderGroup group = group(options().setLeaseMillis(300));
        join(group, "first");
        assertInvalid(ReaderGroup.open(vertx, log, sync, "no slash", options()));
        assertInvalid(ReaderGroup.open(vertx, log, sync, "shop/other", new GroupOptions()));
        assertInvalid(ReaderGroup.open(vertx, log, sync, "shop/other", options().setLeaseMillis(-1)));
        assertThat(failure(ReaderGroup.open(
                        vertx, log, sync, "shop/other", options().setStreams("shop/none"))))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(ReaderGroup.open(vertx, log, sync, "shop/other")))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(ReaderGroup.open(vertx, log, sync, GROUP, options())))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(failure(start(newContext(vertx), () -> group.join("first", AccountsPipeline.TEXT, DEFAULTS))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("first");
        StreamCut end = end();
        long partition = end.offsets().firstKey();
        assertInvalid(group.resetTo(new StreamCut(StreamName.parse("shop/none"), end.offsets())));
        assertInvalid(group.resetTo(StreamCut.of(STREAM_NAME, partition, 0)));
        assertInvalid(group.resetTo(shifted(end, 1_000)));
        assertInvalid(group.awaitPosition(StreamCut.of(StreamName.parse("shop/none"), 1, 0)));
        assertThat(failure(group.awaitPosition(StreamCut.of(STREAM_NAME, 999, 0))))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertInvalid(group.checkpoint(ReaderGroup.AUTOMATIC));
        get(group.awaitPosition(end));
        assertEachOnceAndInOrder(10);
        get(group.delete());
        get(group.close());
    }

    private static StreamCut shifted(StreamCut cut, long by) {
        TreeMap<Long, Long> shifted = new TreeMap<>();
        cut.offsets().forEach((partition, offset) -> shifted.put(partition, offset + by));
        return new StreamCut(cut.stream(), shifted);
    }

    private static void assertInvalid(Future<?> call) {
        assertThat(failure(call)).isInstanceOf(StrandlineException.Invalid.class);
    }
}
