package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.assertExactWithout;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.deposit;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.failing;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.isPoison;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.options;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.poison;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEvent;
import io.strandline.processing.pipeline.impl.parking.Parking;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that fail go into a parking stream, once, and are replayed or dropped from there. */
class ParkedEventsTest extends OnPipelineFixture {

    private @Nullable MemoryStrandline process;

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    private RunningPipeline run(AtomicBoolean fails, PipelineOptions options) {
        process = fixture.open();
        return await(fixture.deploy(process, failing(fails), options));
    }

    /** Until the keys of all events that fail are held. */
    private RunningPipeline runHolding() {
        deposit(log);
        RunningPipeline running = run(new AtomicBoolean(true), parking().setHoldKeys(true));
        await(running.awaitEnd());
        return running;
    }

    private PipelineOptions parking() {
        return options(fixture, FailurePolicy.PARK);
    }

    private static String text(MemoryLog log, ParkedEvent parked) {
        return new String(
                log.events(Ledger.SOURCE, parked.partition())
                        .get((int) parked.offset())
                        .bytes(),
                StandardCharsets.UTF_8);
    }

    private static Set<String> texts(MemoryLog log, List<ParkedEvent> parked) {
        Set<String> texts = new HashSet<>();
        parked.forEach(event -> texts.add(text(log, event)));
        assertThat(texts).hasSameSizeAs(parked);
        return texts;
    }

    private static List<Long> ids(List<ParkedEvent> parked) {
        return parked.stream().map(ParkedEvent::id).toList();
    }

    @Test
    void an_event_that_fails_is_parked_with_its_cause() throws Exception {
        deposit(fixture.log);
        RunningPipeline running = run(new AtomicBoolean(true), parking());
        await(running.awaitEnd());
        List<ParkedEvent> parked = await(running.parked());
        assertThat(texts(fixture.log, parked)).isEqualTo(poison(fixture.log));
        assertThat(parked).allSatisfy(event -> {
            assertThat(event.stream()).hasToString(Ledger.SOURCE);
            assertThat(event.key()).startsWith("account-");
            assertThat(event.type()).hasToString("string v1");
            assertThat(event.cause()).contains("cannot add " + text(fixture.log, event));
        });
        assertThat(await(running.parked(parked.get(1).id(), 2))).isEqualTo(parked.subList(2, 4));
        assertThat(List.of(parked.get(parked.size() - 1).id(), 3_000_000_000L, Long.MAX_VALUE))
                .allSatisfy(last -> assertThat(await(running.parked(last, 2))).isEmpty());
        assertThatThrownBy(() -> await(running.parked(-1, 0))).hasMessageContaining("limit is 0");
        assertExactWithout(fixture, poison(fixture.log));
    }

    /** It is read once more to be parked. */
    @Test
    void an_event_that_cannot_be_read_for_a_while_is_parked_then() throws Exception {
        deposit(fixture.log);
        MemoryStrandline strandline = fixture.open();
        AtomicBoolean hasFailed = new AtomicBoolean();
        Pipeline pipeline = Ledger.pipeline(1, (before, deposit, output) -> {
            if (isPoison(deposit)) {
                if (hasFailed.compareAndSet(false, true)) {
                    strandline.refuse("subscribe " + Ledger.SOURCE, 3);
                }
                throw new IllegalStateException("cannot add " + deposit);
            }
            return Ledger.step(before, deposit, output);
        });
        RunningPipeline running = await(fixture.deploy(strandline, pipeline, parking()));
        await(running.awaitEnd());
        assertThat(strandline.refusalsLeft()).isZero();
        assertThat(texts(fixture.log, await(running.parked()))).isEqualTo(poison(fixture.log));
        assertExactWithout(fixture, poison(fixture.log));
    }

    @Test
    void a_pipeline_that_parks_nothing_lists_nothing() {
        RunningPipeline running = run(new AtomicBoolean(), options(fixture, FailurePolicy.PAUSE));
        assertThat(await(running.parked())).isEmpty();
        assertThat(await(running.dropParked(List.of(1L)))).isZero();
    }

    @Test
    void parked_events_are_replayed_up_to_a_failure_and_dropped() {
        deposit(fixture.log);
        RunningPipeline running = run(new AtomicBoolean(true), parking());
        await(running.awaitEnd());
        List<ParkedEvent> parked = await(running.parked());
        List<String> replayed = new ArrayList<>();
        assertThatThrownBy(() -> await(running.replay(ids(parked), TextCodec.STRING, event -> {
                    if (replayed.size() == 2) {
                        return Future.failedFuture(new IllegalStateException("enough"));
                    }
                    replayed.add(event.event());
                    return Future.succeededFuture();
                })))
                .hasMessage("enough");
        assertThat(replayed).containsExactly(text(fixture.log, parked.get(0)), text(fixture.log, parked.get(1)));
        assertThat(await(running.parked())).isEqualTo(parked.subList(2, parked.size()));

        assertThat(await(running.dropParked(
                        List.of(parked.get(3).id(), parked.get(0).id(), 99_999L))))
                .isEqualTo(1);
        assertThat(await(running.replay(ids(parked), TextCodec.STRING, event -> Future.succeededFuture())))
                .isEqualTo(parked.size() - 3);
        assertThat(await(running.parked())).isEmpty();
        String stream = "_strandline/parked-ledger";
        assertThat(fixture.log.startCut(stream).offsets().values())
                .as("settled events are removed, but the last entry stays")
                .containsExactly(
                        fixture.log.endCut(stream).offsets().values().iterator().next() - 1);
    }

    @Test
    void later_events_of_a_held_key_are_parked_too_until_all_are_settled() throws Exception {
        deposit(fixture.log);
        AtomicBoolean fails = new AtomicBoolean(true);
        RunningPipeline running = run(fails, parking().setHoldKeys(true));
        await(running.awaitEnd());
        List<ParkedEvent> parked = await(running.parked());
        Set<String> passedOver = afterPoison(Ledger.texts(fixture.log, Ledger.SOURCE));
        assertThat(texts(fixture.log, parked)).isEqualTo(passedOver);
        assertThat(parked).anyMatch(event -> event.cause().equals("an earlier event of its key is parked"));
        assertExactWithout(fixture, passedOver);

        // Held over a restart, and by another policy too.
        fails.set(false);
        await(running.close());
        RunningPipeline again = run(fails, options(fixture, FailurePolicy.PAUSE));
        deposit(fixture.log, "more", 60);
        await(again.awaitEnd());
        List<ParkedEvent> held = await(again.parked());
        assertThat(held).hasSizeGreaterThan(parked.size());

        String free = Objects.requireNonNull(held.get(0).key());
        List<Long> ofKey = held.stream()
                .filter(event -> free.equals(event.key()))
                .map(ParkedEvent::id)
                .toList();
        await(again.dropParked(ofKey.subList(0, ofKey.size() - 1)));
        deposit(fixture.log, "still held", 120);
        await(again.awaitEnd());
        List<ParkedEvent> left = await(again.parked());
        List<Long> last = left.stream()
                .filter(event -> free.equals(event.key()))
                .map(ParkedEvent::id)
                .toList();
        assertThat(last).hasSizeGreaterThan(1);
        await(again.replay(last, TextCodec.STRING, event -> Future.succeededFuture()));
        deposit(fixture.log, "free", 180);
        await(again.awaitEnd());
        assertThat(await(again.parked())).noneMatch(event -> free.equals(event.key()));
        await(again.checkpoint());
        List<String> outputs = Ledger.texts(fixture.log, Ledger.SINK);

        // The release is found by a replay from before it.
        fixture.crash(Objects.requireNonNull(process));
        RunningPipeline replayed =
                run(fails, options(fixture, FailurePolicy.PAUSE).setMaxReplayEvents(30));
        await(replayed.awaitEnd());
        assertThat(Ledger.texts(fixture.log, Ledger.SINK)).isEqualTo(outputs);
    }

    @Test
    void held_keys_move_with_their_keys() throws Exception {
        RunningPipeline running = runHolding();
        Scalings.overlap(fixture.log, Ledger.SOURCE, 0, 0);
        deposit(fixture.log, "more", 1_000);
        await(running.awaitPosition(fixture.log.endNow(Ledger.SOURCE)));
        Set<String> passedOver = afterPoison(Ledger.texts(fixture.log, Ledger.SOURCE));
        assertThat(texts(fixture.log, await(running.parked()))).isEqualTo(passedOver);
        await(running.dropParked(ids(await(running.parked()))));
        deposit(fixture.log, "free", 2_000);
        await(running.awaitEnd());
        assertAreParked(running, 2_000);
    }

    /** No step makes a checkpoint due between the release and the end of the partition. */
    @Test
    void a_key_that_was_released_is_free_in_the_partitions_that_take_over() throws Exception {
        RunningPipeline running = runHolding();
        await(running.dropParked(ids(await(running.parked()))));
        Scalings.overlap(fixture.log, Ledger.SOURCE, 0, 0);
        assertFreeAfterScaling(running);
    }

    @Test
    void a_key_that_was_released_is_free_if_the_partition_ends_before_the_next_run() throws Exception {
        RunningPipeline running = runHolding();
        await(running.dropParked(ids(await(running.parked()))));
        fixture.crash(Objects.requireNonNull(process));
        Scalings.overlap(fixture.log, Ledger.SOURCE, 0, 0);
        assertFreeAfterScaling(run(new AtomicBoolean(true), parking().setHoldKeys(true)));
    }

    private void assertFreeAfterScaling(RunningPipeline running) throws Exception {
        deposit(fixture.log, "free", 2_000);
        await(running.awaitPosition(fixture.log.endNow(Ledger.SOURCE)));
        assertAreParked(running, 2_000);
    }

    /** Of the deposits from a number on, those are parked that fail or follow one of their key that fails. */
    private void assertAreParked(RunningPipeline running, int from) {
        List<String> later = Ledger.texts(log, Ledger.SOURCE).stream()
                .filter(deposit -> Integer.parseInt(deposit.substring(deposit.indexOf(' ') + 1)) >= from)
                .toList();
        assertThat(texts(log, await(running.parked()))).isEqualTo(afterPoison(later));
    }

    @Test
    void a_parking_stream_belongs_to_one_pipeline() {
        deposit(fixture.log);
        run(new AtomicBoolean(true), parking().setParkingStream("bank/parked"));
        assertThatThrownBy(() -> run(new AtomicBoolean(), parking().setParkingStream(Ledger.SINK)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("parkingStream is bank/balances");
        fixture.log.createStream("bank/other", new io.strandline.StreamOptions());
        var other = named("other");
        assertThatThrownBy(() ->
                        await(fixture.deploy(fixture.open(), other, parking().setParkingStream("bank/parked"))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("bank/parked takes the parked events of pipeline ledger");
    }

    /** An entry of the slower one would stay, and in another format it would make the stream unreadable. */
    @Test
    void of_two_pipelines_that_begin_at_once_one_has_the_parking_stream() {
        MemoryStrandline strandline = fixture.open();
        Promise<List<Future<Void>>> ended = Promise.promise();
        strandline.vertx.runOnContext(turn -> {
            List<Future<Void>> all = Stream.of("first", "second")
                    .map(name ->
                            Parking.of(strandline, named(name), "bank/parked").prepare())
                    .toList();
            Future.join(all).onComplete(over -> ended.complete(all));
        });
        List<Future<Void>> all = await(ended.future());
        assertThat(all).filteredOn(Future::succeeded).hasSize(1);
        assertThat(all).filteredOn(Future::failed).singleElement().satisfies(refused -> assertThat(refused.cause())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("bank/parked takes the parked events of pipeline"));
        assertThat(fixture.log.endCut("bank/parked").offsets().values()).containsExactly(1L);
    }

    private static Pipeline named(String name) {
        return Pipeline.named(name, 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .to("bank/other", TextCodec.STRING)
                .build();
    }

    /** What is parked if keys are held: the poison, and all that follows of its key. */
    static Set<String> afterPoison(List<String> deposits) {
        Set<String> held = new HashSet<>();
        Set<String> passedOver = new HashSet<>();
        for (String deposit : deposits) {
            if (isPoison(deposit) || held.contains(Ledger.account(deposit))) {
                held.add(Ledger.account(deposit));
                passedOver.add(deposit);
            }
        }
        return passedOver;
    }

    /** At each call of the process it dies once. In the next one no step fails any more. */
    @Test
    void an_event_is_parked_once_whatever_crashes(@TempDir Path directory) throws Exception {
        assertThat(PoisonedDeposits.crashAtEveryCall(
                        directory, FailurePolicy.PARK, (after, running, decided) -> assertThat(
                                        texts(after, await(running.parked())))
                                .isEqualTo(decided)))
                .hasSizeGreaterThan(70);
    }
}
