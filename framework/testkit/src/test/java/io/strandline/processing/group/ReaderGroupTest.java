package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StreamCut;
import io.strandline.Truncation;
import io.strandline.log.Applications;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.internal.VertxInternal;
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
import org.junit.jupiter.api.Test;

/** How the readers of a group share streams. */
class ReaderGroupTest extends GroupOnFiles {

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
        assertThat(get(group.lag()).partitions())
                .hasEntrySatisfying(STREAM_NAME, lag -> assertThat(lag.values()).containsOnly(0L));
        assertThat(get(group.readers())).containsOnlyKeys("first", "third");
        get(group.close());
        get(first.ended());
        get(third.ended());
    }

    @Test
    void theLagInTimeIsTheAgeOfTheFirstEventThatIsNotCommitted() {
        ReaderGroup group = group(options());
        assertThat(get(group.timedLag()).longestMillis()).isZero();
        append(0, 100);
        long before = System.currentTimeMillis();
        until(vertx, "the clock goes on", () -> System.currentTimeMillis() > before + 20);
        TimedLag lag = get(group.timedLag());
        assertThat(lag.events()).isEqualTo(get(group.lag()));
        assertThat(lag.longestMillis()).isGreaterThan(20);
        assertThat(lag.millis().get(STREAM_NAME)).hasSize(8);
        StreamCut end = end();
        long first = end.offsets().firstKey();
        get(log.catalog()
                .truncate(STREAM, new StreamCut(STREAM_NAME, new TreeMap<>(Map.of(first, end.offset(first))))));
        assertThat(get(group.timedLag()).millis(STREAM_NAME, first)).isZero();
        join(group, "first");
        get(group.awaitPosition(end));
        assertThat(get(group.timedLag()).millis())
                .hasEntrySatisfying(STREAM_NAME, none -> assertThat(none).isEmpty());
        get(group.close());
    }

    @Test
    void aReaderHandlesSeveralKeysOfAPartitionAtOnceEachInItsOrder() {
        GroupReaderOptions options = new GroupReaderOptions().setKeyConcurrency(4);
        Map<String, List<Integer>> ofKeys = new ConcurrentHashMap<>();
        Set<String> keysAtWork = ConcurrentHashMap.newKeySet();
        Queue<String> breaches = new ConcurrentLinkedQueue<>();
        Set<Long> inParallel = ConcurrentHashMap.newKeySet();
        Map<Long, AtomicInteger> atWork = new ConcurrentHashMap<>();
        GroupHandler<String> handler = event -> {
            String key = Objects.requireNonNull(event.record().key());
            long partition = event.record().partition();
            AtomicInteger count = atWork.computeIfAbsent(partition, none -> new AtomicInteger());
            int now = count.incrementAndGet();
            if (now > 1) {
                inParallel.add(partition);
            }
            if (!keysAtWork.add(key) || now > 4) {
                breaches.add(event + " comes while " + now + " are at work: " + keysAtWork);
            }
            return vertx.timer(1).onComplete(done -> {
                ofKeys.computeIfAbsent(key, none -> new CopyOnWriteArrayList<>())
                        .add(Integer.parseInt(event.event().substring("order ".length())));
                keysAtWork.remove(key);
                count.decrementAndGet();
            });
        };
        ReaderGroup group = group(options());
        join(newContext(vertx), group, "first", options, handler);
        append(0, 500);
        GroupReader<String> second = join(newContext(vertx), group, "second", options, handler);
        PartitionDescription open =
                get(log.catalog().describe(STREAM)).partitions().get(0);
        get(log.catalog().scale(STREAM, Set.of(open.id()), open.keys().halves()));
        append(500, 1_000);
        leave(second);
        get(group.awaitPosition(end()));
        assertThat(breaches).isEmpty();
        assertThat(inParallel).isNotEmpty();
        for (int key = 0; key < 50; key++) {
            int first = key;
            assertThat(ofKeys.get("key" + key))
                    .isEqualTo(
                            IntStream.range(0, 20).mapToObj(i -> first + 50 * i).toList());
        }
        get(group.close());
    }

    @Test
    void whatASilentReaderHadIsReadAgainAndItsCommitsAreRefused() throws InterruptedException {
        GroupOptions options = options().setLeaseMillis(1_500).setCommitIntervalMillis(100);
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
                            ? log.catalog().scale(STREAM, Set.of(open.get(i).id()), keys.halves())
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
        Queue<Truncation> gaps = new ConcurrentLinkedQueue<>();
        get(start(newContext(vertx), () -> group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.truncationHandler(gaps::add).handler(this::note))));
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(100);
        assertThat(gaps).hasSize(8).allSatisfy(gap -> assertThat(gap.to()).isEqualTo(middle.offset(gap.partition())));
        get(group.close());
    }
}
