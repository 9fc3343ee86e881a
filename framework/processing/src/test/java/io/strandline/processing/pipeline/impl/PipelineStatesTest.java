package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.StateAnswer;
import io.strandline.processing.pipeline.RunningPipeline.StatePage;
import io.strandline.processing.pipeline.RunningPipeline.StateRange;
import io.strandline.processing.pipeline.RunningPipeline.TaskPosition;
import io.strandline.processing.pipeline.RunningPipeline.WindowsAnswer;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.Windows;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ranges of keys and windows of a running pipeline are asked for. */
class PipelineStatesTest extends OnPipelineFixture {

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 3);
    }

    private static StateRange between(@Nullable String from, @Nullable String to) {
        return new StateRange(from, to, 100);
    }

    /** All pages of a range, each state at the position of its task. */
    private static SortedMap<String, Object> pages(RunningPipeline running, String operator, StateRange range) {
        SortedMap<String, Object> all = new TreeMap<>();
        StateRange asked = range;
        while (true) {
            StatePage page = await(running.states(operator, asked));
            assertThat(page.states()).hasSizeLessThanOrEqualTo(range.limit());
            for (StateAnswer each : page.states()) {
                assertThat(all.isEmpty() || all.lastKey().compareTo(each.key()) < 0)
                        .as("ascending, and no key twice: %s", each)
                        .isTrue();
                all.put(each.key(), each.value());
                assertThat(page.positions())
                        .contains(new TaskPosition(each.partition(), each.offset(), each.watermark()));
            }
            if (page.next() == null) {
                return all;
            }
            asked = range.startingAt(page.next());
        }
    }

    private void assertLedger(RunningPipeline running, int limit) {
        assertThat(pages(running, "balance", StateRange.all().limitedTo(limit)))
                .isEqualTo(Ledger.expectedBalances(log));
    }

    @Test
    void pages_have_the_keys_of_all_partitions_in_order_and_say_where_each_task_was() {
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(pages(running, "balance", StateRange.all())).isEmpty();
        fixture.deposit();
        await(running.awaitEnd());
        for (int limit : new int[] {1, 3, 7, 20, 1_000}) {
            assertLedger(running, limit);
        }
        StatePage page = await(running.states("balance", StateRange.all().limitedTo(5)));
        assertThat(page.states()).hasSize(5);
        SortedMap<Long, Long> positions = new TreeMap<>();
        page.positions().forEach(at -> positions.put(at.partition(), at.offset()));
        assertThat(positions).isEqualTo(log.endCut(Ledger.SOURCE).offsets());

        SortedMap<String, Ledger.Balance> expected = Ledger.expectedBalances(log);
        assertThat(pages(running, "balance", between("account-12", "account-3")))
                .isEqualTo(expected.subMap("account-12", "account-3"));
        assertThat(pages(running, "balance", between(null, "account-12"))).isEqualTo(expected.headMap("account-12"));
        assertThat(pages(running, "balance", between("account-12", "account-12")))
                .isEmpty();
        assertThat(pages(running, "balance", StateRange.prefix("account-1").limitedTo(2)))
                .isEqualTo(expected.subMap("account-1", "account-2"));
        assertThat(pages(running, "balance", StateRange.prefix(""))).isEqualTo(expected);
        assertThat(StateRange.prefix("a\uffff").to()).isEqualTo("b");
        await(running.close());
    }

    @Test
    void a_bad_question_is_refused_with_its_values() {
        assertThatThrownBy(() -> between("b", "a"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("key b")
                .hasMessageContaining("end a");
        assertThatThrownBy(() -> StateRange.all().limitedTo(0))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("0");
        assertThatThrownBy(() -> StateRange.all().limitedTo(RunningPipeline.MAX_STATES_LISTED + 1))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("1001")
                .hasMessageContaining("1000");
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThatThrownBy(() -> await(running.states("balances", StateRange.all())))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("balances")
                .hasMessageContaining("[balance]");
        assertThatThrownBy(() -> await(running.windows("balances", "account-1")))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThatThrownBy(() -> await(running.windows("balance", "account-1")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("balance");
        await(running.close());
        assertThatThrownBy(() -> await(running.states("balance", StateRange.all())))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void pages_are_the_same_after_a_restart_and_a_crash() {
        RunningPipeline running = fixture.deploy(fixture.open());
        fixture.deposit();
        await(running.awaitEnd());
        await(running.close());
        MemoryStrandline again = fixture.open();
        running = fixture.deploy(again);
        assertLedger(running, 4);
        fixture.deposit();
        await(running.awaitEnd());
        fixture.crash(again);
        running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        assertLedger(running, 4);
    }

    @Test
    void pages_follow_splits_and_merges() {
        RunningPipeline running = fixture.deploy(fixture.open());
        fixture.deposit();
        Scalings.split(log, Ledger.SOURCE, 1, 0);
        fixture.deposit();
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        assertLedger(running, 4);
        Scalings.merge(log, Ledger.SOURCE, 0, 2, 0);
        fixture.deposit();
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        assertLedger(running, 4);
        await(running.close());
    }

    /** No page may leave out keys that no task has for the moment. */
    @Test
    void a_page_is_refused_while_keys_have_no_task() {
        RunningPipeline running = fixture.deploy(fixture.open());
        fixture.deposit();
        await(running.awaitEnd());
        List<Long> parents = fixture.openPartitions();
        log.hold(Ledger.SOURCE, parents.get(1), log.endCut(Ledger.SOURCE).offset(parents.get(1)));
        fixture.deposit();
        Scalings.merge(log, Ledger.SOURCE, 0, 2, 0);
        // The first parent has ended, and the heir waits for the second one.
        PipelineFixture.awaitTrue(fixture.open(), "the end of a parent", () -> isRefused(running));
        log.hold(Ledger.SOURCE, parents.get(1), Long.MAX_VALUE);
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        assertLedger(running, 4);
        await(running.close());
    }

    private static boolean isRefused(RunningPipeline running) {
        try {
            await(running.states("balance", StateRange.all()));
            return false;
        } catch (StrandlineException.Unavailable e) {
            return true;
        }
    }

    @Test
    void pages_are_those_of_the_stage_after_a_shuffle() {
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        log.createStream(Buckets.OTHER, new StreamOptions());
        RunningPipeline running = await(fixture.deploy(fixture.open(), Buckets.pipeline(), fixture.options()));
        await(running.awaitEnd());
        SortedMap<String, Object> sums = pages(running, "sum", StateRange.all().limitedTo(3));
        assertThat(sums.keySet())
                .containsExactlyElementsOf(
                        IntStream.range(0, 7).mapToObj(i -> "bucket-" + i).toList());
        assertThat(sums.values().stream()
                        .mapToLong(sum -> ((Ledger.Balance) sum).count())
                        .sum())
                .isEqualTo(200);
        await(running.close());
    }

    /** A state as it was captured, and one that has changed since, are both as of the last event. */
    @Test
    void a_page_is_of_one_moment_while_a_checkpoint_is_being_written() {
        log.createStream("bank/one", new StreamOptions());
        HeldWrites writes = new HeldWrites();
        Pipeline pipeline = Pipeline.named("one", 1)
                .from("bank/one", TextCodec.STRING)
                .keyBy(Ledger::account)
                .aggregate("last", writes.codec, key -> "", (before, event) -> event)
                .build();
        RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline, fixture.options()));
        Ledger.append(log, "bank/one", "first", List.of("a 1", "b 1", "d 1"));
        Future<?> checkpoint = running.awaitEnd();
        writes.awaitBegun();
        Ledger.append(log, "bank/one", "second", List.of("b 2", "c 2"));
        PipelineFixture.awaitTrue(fixture.open(), "the second events", () -> await(running.position())
                .offsets()
                .containsValue(5L));
        StatePage page = await(running.states("last", StateRange.all()));
        assertThat(page.states()).extracting(StateAnswer::value).containsExactly("a 1", "b 2", "c 2", "d 1");
        assertThat(page.positions()).extracting(TaskPosition::offset).containsExactly(5L);
        writes.open();
        await(checkpoint);
        assertThat(await(running.states("last", StateRange.all())).states()).isEqualTo(page.states());
        await(running.close());
    }

    @Test
    void only_so_many_pages_are_answered_at_a_time() {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Pipeline pipeline = Ledger.silent(deposit -> {
            entered.countDown();
            HeldWrites.await(goOn);
            return Ledger.account(deposit);
        });
        RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline, fixture.options()));
        fixture.deposit();
        HeldWrites.await(entered);
        List<Future<StatePage>> asked = new ArrayList<>();
        for (int i = 0; i <= RunningPipeline.MAX_STATE_SCANS; i++) {
            asked.add(running.states("balance", StateRange.all()));
        }
        goOn.countDown();
        asked.subList(0, RunningPipeline.MAX_STATE_SCANS).forEach(PipelineFixture::await);
        assertThatThrownBy(() -> await(asked.get(RunningPipeline.MAX_STATE_SCANS)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("8");
        await(running.states("balance", StateRange.all()));
        await(running.close());
    }

    // ---- windows

    private static long time(String event) {
        return Long.parseLong(event.substring(event.indexOf(' ') + 1));
    }

    /** Counts events {@code account time} in windows of 100 ms, every 50 ms, and in sessions, and takes late ones for 100 ms. */
    private static Pipeline windows() {
        KeyedEvents<String> keyed = Pipeline.named("ledger", 1)
                .from("bank/one", TextCodec.STRING)
                .eventTime(PipelineStatesTest::time, Duration.ZERO)
                .keyBy(Ledger::account);
        keyed.window(Windows.sliding(Duration.ofMillis(100), Duration.ofMillis(50)))
                .allowedLateness(Duration.ofMillis(100))
                .count("sliding")
                .map(Object::toString)
                .to(Ledger.SINK, TextCodec.STRING);
        return keyed.window(Windows.session(Duration.ofMillis(30)))
                .allowedLateness(Duration.ofMillis(100))
                .count("sessions")
                .map(Object::toString)
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
    }

    private static Windowed<Object> window(String key, long start, long end, long count, boolean isOpen) {
        return new Windowed<>(key, start, end, count, isOpen, false);
    }

    private static void assertWindows(RunningPipeline running) {
        WindowsAnswer sliding = await(running.windows("sliding", "a"));
        assertThat(sliding.windows())
                .containsExactly(
                        window("a", 50, 150, 2, false), window("a", 100, 200, 3, true), window("a", 150, 250, 1, true));
        assertThat(entry(sliding.offset(), sliding.watermark())).isEqualTo(entry(5L, 160L));
        assertThat(await(running.windows("sessions", "a")).windows())
                .containsExactly(window("a", 110, 150, 2, false), window("a", 160, 190, 1, true));
        assertThat(await(running.windows("sliding", "b")).windows()).hasSize(2);
        assertThat(await(running.windows("sliding", "nobody")).windows()).isEmpty();
    }

    @Test
    void the_windows_of_a_key_are_those_that_may_change_with_offset_and_watermark() {
        log.createStream("bank/one", new StreamOptions());
        RunningPipeline running = await(fixture.deploy(fixture.open(), windows(), fixture.options()));
        // The windows that end at 50 and at 100 are over at 160 and 200 at the latest: nothing of a is in them.
        Ledger.append(log, "bank/one", "clock", List.of("b 10", "b 60", "a 110", "a 120", "a 160"));
        await(running.awaitEnd());
        assertWindows(running);
        assertThatThrownBy(() -> await(running.state("sliding", "a")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("sliding");
        assertThatThrownBy(() -> await(running.states("sessions", StateRange.all())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("sessions");
        await(running.close());
        RunningPipeline again = await(fixture.deploy(fixture.open(), windows(), fixture.options()));
        assertWindows(again);
        Ledger.append(log, "bank/one", "clock", List.of("a 300"));
        await(again.awaitEnd());
        assertThat(await(again.windows("sessions", "a")).windows()).containsExactly(window("a", 300, 330, 1, true));
        await(again.close());
    }
}
