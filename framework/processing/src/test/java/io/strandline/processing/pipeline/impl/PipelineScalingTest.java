package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.pipeline.Checkpoint;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Partitions of a pipeline's source are split and merged while the pipeline runs. */
class PipelineScalingTest extends OnPipelineFixture {

    private static final StreamName SOURCE = StreamName.parse(Ledger.SOURCE);

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    private static List<Long> named(Manifest manifest) {
        return List.copyOf(manifest.offsets().keySet());
    }

    // ---- a run that goes on

    @ParameterizedTest
    @ValueSource(ints = {0, 3})
    void goes_on_over_splits_and_merges(int oldNews) throws Exception {
        RunningPipeline running = fixture.deploy(fixture.open());
        for (int round = 0; round < 3; round++) {
            fixture.deposit();
            Scalings.split(log, Ledger.SOURCE, 0, oldNews);
            fixture.deposit();
            Scalings.overlap(log, Ledger.SOURCE, 1, oldNews);
            fixture.deposit();
            Scalings.merge(log, Ledger.SOURCE, 0, 3, oldNews);
            fixture.deposit();
        }
        Checkpoint end = await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        assertThat(end.cut()).isEqualTo(log.endCut(Ledger.SOURCE));
        assertThat(await(running.position())).isEqualTo(end.cut());
        assertThat(await(running.lag())).isZero();
        assertThat(end.keys()).isEqualTo(Ledger.expectedBalances(log).size());
        fixture.assertExact();
        // What was passed is forgotten, in memory and on disk.
        await(running.close());
        assertThat(fixture.files())
                .containsExactlyInAnyOrderElementsOf(fixture.manifests().stream()
                        .flatMap(manifest -> manifest.snapshots().stream())
                        .map(Snapshot::file)
                        .distinct()
                        .toList());
        assertThat(named(fixture.newestManifest())).containsExactlyInAnyOrderElementsOf(fixture.openPartitions());
    }

    @Test
    void an_idle_pipeline_follows_and_takes_no_more_checkpoints_than_it_needs() throws Exception {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        Scalings.split(log, Ledger.SOURCE, 1, 2);
        // The halves have no event, so nothing but their beginning can be waited for.
        StreamCut end = log.endNow(Ledger.SOURCE);
        assertThat(await(running.awaitPosition(end)).cut()).isEqualTo(end);
        assertThat(await(running.checkpoint())).isEqualTo(await(running.checkpoint()));
        fixture.assertExact();
    }

    @Test
    void a_partition_waits_for_all_its_predecessors_and_the_others_do_not() throws Exception {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        List<Long> parents = fixture.openPartitions();
        StreamCut before = log.endCut(Ledger.SOURCE);
        log.hold(Ledger.SOURCE, parents.get(0), before.offset(parents.get(0)));
        fixture.deposit();
        Scalings.overlap(log, Ledger.SOURCE, 0, 0);
        List<Long> heirs = fixture.openPartitions();
        fixture.deposit();

        // The third of the heirs took over from the second parent alone.
        StreamCut third =
                StreamCut.of(SOURCE, heirs.get(2), log.endCut(Ledger.SOURCE).offset(heirs.get(2)));
        Checkpoint checkpoint = await(running.awaitPosition(third));
        assertThat(checkpoint.cut().offsets().keySet()).containsExactly(parents.get(0), parents.get(1), heirs.get(2));
        assertThat(checkpoint.cut().offset(parents.get(0))).isEqualTo(before.offset(parents.get(0)));
        assertThat(await(running.position()).offsets().keySet())
                .containsExactly(parents.get(0), parents.get(1), heirs.get(2));
        long kept = log.events(Ledger.SOURCE, parents.get(0)).size() - before.offset(parents.get(0));
        long behind = (long) log.events(Ledger.SOURCE, heirs.get(0)).size()
                + log.events(Ledger.SOURCE, heirs.get(1)).size();
        assertThat(await(running.lag())).isEqualTo(kept + behind);

        // Many checkpoints later the final one of the second parent still waits for the first.
        for (int i = 0; i < 5; i++) {
            fixture.deposit();
            await(running.awaitPosition(
                    StreamCut.of(SOURCE, heirs.get(2), log.endCut(Ledger.SOURCE).offset(heirs.get(2)))));
        }
        assertThat(named(fixture.newestManifest())).containsExactly(parents.get(0), parents.get(1), heirs.get(2));
        Future<Checkpoint> end = running.awaitEnd();
        log.hold(Ledger.SOURCE, parents.get(0), Long.MAX_VALUE);
        assertThat(await(end).cut()).isEqualTo(log.endCut(Ledger.SOURCE));
        fixture.assertExact();
    }

    /** Another partition ends while successors of the first begin. Each begins once, and none is forgotten. */
    @Test
    void a_partition_that_ends_while_others_begin_is_followed_afterwards() throws Exception {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = fixture.deploy(strandline);
        await(running.awaitEnd());
        List<Long> parents = fixture.openPartitions();
        Promise<Void> goOn = Promise.promise();
        long heir = log.partitions(PipelineFixture.CHECKPOINTS).get(0) + 1;
        strandline.hold("createWriter pipeline/ledger/" + heir, goOn.future());
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        assertThat(fixture.openPartitions()).contains(heir);
        awaitTrue(strandline, "its successor begins", strandline::isHolding);
        fixture.deposit();
        Scalings.split(log, Ledger.SOURCE, fixture.openPartitions().indexOf(parents.get(1)), 0);
        fixture.deposit();
        awaitTrue(strandline, "the other one has ended", () -> await(running.describe()).tasks().stream()
                .noneMatch(task -> task.partition() == parents.get(1)));
        await(running.checkpoint());
        StreamCut end = log.endCut(Ledger.SOURCE);
        Future<Checkpoint> reached = running.awaitPosition(end);
        goOn.complete();
        assertThat(await(reached).cut()).isEqualTo(end);
        // Of two tasks of one partition one would be fenced.
        fixture.deposit();
        await(running.awaitEnd());
        fixture.assertExact();
        await(running.close());
    }

    /** What an earlier version may have appended for a partition says nothing about this one. */
    @Test
    void outputs_are_compared_in_partitions_of_which_no_other_version_has_seen_anything() {
        fixture.deposit();
        long seen = fixture.openPartitions().get(1);
        RunningPipeline first = fixture.deploy(fixture.open());
        await(first.awaitEnd());
        await(first.close());
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(fixture.deploy(
                strandline, Ledger.pipeline(2, Ledger::step), fixture.options().setVersionChangeAllowed(true)));
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        long heir = fixture.openPartitions().get(0);
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        long ofHeir = fixture.openPartitions().get(0);
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        assertThat(replayOf(strandline, heir)).isNull();
        assertThat(replayOf(strandline, ofHeir)).isEmpty();
        await(running.close());

        // A checkpoint says so to the next run.
        MemoryStrandline process = fixture.open();
        RunningPipeline next = await(fixture.deploy(process, Ledger.pipeline(2, Ledger::step), fixture.options()));
        Scalings.split(log, Ledger.SOURCE, fixture.openPartitions().indexOf(seen), 0);
        long ofSeen = fixture.openPartitions().get(fixture.openPartitions().size() - 2);
        await(next.awaitPosition(log.endNow(Ledger.SOURCE)));
        assertThat(replayOf(process, ofSeen)).isNull();
        await(next.close());
    }

    private static @Nullable Map<Long, WriterMark> replayOf(MemoryStrandline strandline, long partition) {
        return Objects.requireNonNull(strandline.writers.get("pipeline/ledger/" + partition))
                .getReplay();
    }

    // ---- what may be waited for

    @Test
    void a_cut_may_name_what_was_passed_and_what_is_to_come() {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        StreamCut first = log.endCut(Ledger.SOURCE);
        await(running.awaitPosition(first));
        long parent = fixture.openPartitions().get(0);
        log.hold(Ledger.SOURCE, parent, first.offset(parent));
        fixture.deposit();
        StreamCut sealed = log.endCut(Ledger.SOURCE);
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        Future<Checkpoint> toCome = running.awaitPosition(log.endCut(Ledger.SOURCE));
        Future<Checkpoint> atSeal = running.awaitPosition(sealed);
        assertThat(toCome.isComplete()).isFalse();
        log.hold(Ledger.SOURCE, parent, Long.MAX_VALUE);

        await(atSeal);
        assertThat(await(toCome).cut().offsets().keySet()).doesNotContain(parent);
        await(running.awaitPosition(first));
        await(running.awaitPosition(sealed));
    }

    @Test
    void a_cut_past_the_end_of_a_sealed_partition_is_refused() {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        long parent = fixture.openPartitions().get(0);
        long end = log.endCut(Ledger.SOURCE).offset(parent);
        Future<Checkpoint> early = running.awaitPosition(StreamCut.of(SOURCE, parent, end + 1));
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        assertThatThrownBy(() -> await(early))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("partition " + parent)
                .hasMessageContaining("offset " + end);
        assertThatThrownBy(() -> await(running.awaitPosition(StreamCut.of(SOURCE, parent, end + 7))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("offset " + (end + 7))
                .hasMessageContaining("offset " + end);
        await(running.awaitEnd());
    }

    @Test
    void those_who_wait_for_what_is_to_come_are_limited_and_hear_of_the_end() {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        long parent = fixture.openPartitions().get(0);
        log.hold(Ledger.SOURCE, parent, log.endCut(Ledger.SOURCE).offset(parent));
        fixture.deposit();
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        StreamCut toCome = StreamCut.of(SOURCE, fixture.openPartitions().get(0), 0);
        List<Future<Checkpoint>> callers = new ArrayList<>();
        for (int i = 0; i < RunningPipeline.MAX_WAITING; i++) {
            callers.add(running.awaitPosition(toCome));
        }
        assertThatThrownBy(() -> await(running.awaitPosition(toCome)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("1000");
        await(running.close());
        for (Future<Checkpoint> caller : callers) {
            assertThatThrownBy(() -> await(caller)).isInstanceOf(StrandlineException.Unavailable.class);
        }
    }

    // ---- a close meanwhile

    /** The catalog does not show yet what took over. That it is asked in vain is no failure of a run that closes. */
    @Test
    void a_close_while_it_is_asked_what_took_over_is_clean() {
        MemoryStrandline strandline = fixture.open();
        AtomicInteger asked = new AtomicInteger();
        strandline.watch(call -> {
            if (call.equals("describe " + Ledger.SOURCE)) {
                asked.incrementAndGet();
            }
        });
        HeldStore held = new HeldStore();
        CheckpointStore store = held.of(strandline.vertx, fixture.store(strandline.vertx));
        fixture.deposit();
        RunningPipeline running =
                await(Ledger.pipeline().deploy(strandline.vertx, strandline, fixture.options(), store));
        await(running.awaitEnd());
        long other = fixture.openPartitions().get(1);
        Scalings.split(log, Ledger.SOURCE, 0, Integer.MAX_VALUE);
        int before = asked.get();
        awaitTrue(strandline, "it asks again and again", () -> asked.get() > before + 4);
        fixture.deposit();
        long end = log.events(Ledger.SOURCE, other).size();
        awaitTrue(
                strandline,
                "its other partition is read",
                () -> await(running.position()).offset(other) == end);
        held.hold("write");
        int last = asked.get();
        Future<Void> closed = running.close();
        awaitTrue(strandline, "it has asked once more", () -> asked.get() > last);
        held.letGo();
        await(closed);
        await(running.ended());
        assertThat(fixture.newestManifest().offsets()).containsEntry(other, end);
    }

    // ---- what remains

    @Test
    void the_sink_forgets_the_writers_of_partitions_of_which_nothing_is_left() throws Exception {
        List<Long> first = fixture.openPartitions();
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        Scalings.merge(log, Ledger.SOURCE, 0, 2, 0);
        for (int i = 0; i < 4; i++) {
            fixture.deposit();
            await(running.awaitEnd());
        }
        // No checkpoint names them any more, but a run without checkpoint would begin there.
        assertThat(log.writers(Ledger.SINK))
                .contains("pipeline/ledger/" + first.get(0), "pipeline/ledger/" + first.get(1));

        long merged = fixture.openPartitions().get(0);
        log.truncate(Ledger.SOURCE, log.endCut(Ledger.SOURCE));
        first.forEach(id -> log.truncate(
                Ledger.SOURCE,
                StreamCut.of(SOURCE, id, log.events(Ledger.SOURCE, id).size())));
        fixture.deposit();
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        for (int i = 0; i < 4; i++) {
            fixture.deposit();
            await(running.awaitEnd());
        }
        assertThat(log.writers(Ledger.SINK))
                .hasSize(3)
                .contains("pipeline/ledger/" + merged)
                .isEqualTo(writersFrom(merged));
        await(running.close());

        // What an earlier run retired is no matter.
        RunningPipeline again = fixture.deploy(fixture.open());
        fixture.deposit();
        await(again.awaitEnd());
        fixture.assertExact();
    }

    /** Ids of the writers of a partition of the source and of those that are open. */
    private Set<String> writersFrom(long partition) {
        Set<String> ids = new TreeSet<>(Set.of("pipeline/ledger/" + partition));
        fixture.openPartitions().forEach(id -> ids.add("pipeline/ledger/" + id));
        return ids;
    }

    // ---- what stops it

    @Test
    void events_that_were_removed_before_they_were_read_stop_it() {
        fixture.deposit();
        RunningPipeline first = fixture.deploy(fixture.open());
        await(first.awaitEnd());
        await(first.close());
        fixture.deposit();
        long parent = Scalings.split(log, Ledger.SOURCE, 0, 0);
        log.truncate(
                Ledger.SOURCE,
                StreamCut.of(SOURCE, parent, log.events(Ledger.SOURCE, parent).size()));
        assertThatThrownBy(() -> fixture.deploy(fixture.open())).isInstanceOf(StrandlineException.Truncated.class);
    }

    @Test
    void a_partition_that_took_over_and_lost_events_stops_a_run() {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        long parent = fixture.openPartitions().get(0);
        log.hold(Ledger.SOURCE, parent, log.endCut(Ledger.SOURCE).offset(parent));
        fixture.deposit();
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        long heir = fixture.openPartitions().get(0);
        log.truncate(Ledger.SOURCE, StreamCut.of(SOURCE, heir, 1));
        Set<Future<?>> ends = Set.of(running.ended(), running.awaitEnd());
        log.hold(Ledger.SOURCE, parent, Long.MAX_VALUE);
        for (Future<?> end : ends) {
            assertThatThrownBy(() -> await(end)).isInstanceOf(StrandlineException.Truncated.class);
        }
    }

    @Test
    void more_partitions_than_the_options_allow_stop_it_and_refuse_the_next_start() {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(strandline.vertx, strandline, fixture.options().setMaxPartitions(3)));
        await(running.awaitEnd());
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("4 partitions of bank/deposits")
                .hasMessageContaining("maxPartitions is 3");
        assertThatThrownBy(() -> await(Ledger.pipeline()
                        .deploy(strandline.vertx, strandline, fixture.options().setMaxPartitions(3))))
                .hasMessageContaining("maxPartitions is 3");
    }

    /** What took over counts as what was there before. */
    @Test
    void states_of_partitions_that_took_over_have_no_more_room_than_the_options_say() {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(Ledger.pipeline()
                .deploy(
                        strandline.vertx,
                        strandline,
                        fixture.options().setFailurePolicy(FailurePolicy.FAIL).setMaxStateBytes(100_000)));
        await(running.awaitEnd());
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        Scalings.split(log, Ledger.SOURCE, 2, 0);
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        List<String> deposits = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            deposits.add("other-account-" + i + " 1");
        }
        Ledger.append(log, Ledger.SOURCE, "others", deposits);
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("maxStateBytes is 100000");
    }

    /** A file of a final checkpoint with one changed digit in a balance, which its codec reads all the same. */
    @Test
    void a_damaged_final_snapshot_stops_the_run_and_is_not_used() throws Exception {
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        await(running.awaitEnd());
        List<Long> parents = fixture.openPartitions();
        log.hold(Ledger.SOURCE, parents.get(0), log.endCut(Ledger.SOURCE).offset(parents.get(0)));
        fixture.deposit();
        Scalings.overlap(log, Ledger.SOURCE, 0, 0);
        long third = fixture.openPartitions().get(2);
        fixture.deposit();
        // The third of the heirs has begun, so the second parent has ended.
        await(running.awaitPosition(
                StreamCut.of(SOURCE, third, log.endCut(Ledger.SOURCE).offset(third))));
        Snapshot last = fixture.newestManifest().snapshot(parents.get(1));
        assertThat(last).isNotNull();
        Path file = fixture.directory.resolve("ledger").resolve(last.file());
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 5] = (byte) (bytes[bytes.length - 5] == '0' ? '1' : '0');
        Files.write(file, bytes);
        log.hold(Ledger.SOURCE, parents.get(0), Long.MAX_VALUE);

        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining(last.file())
                .hasMessageContaining("CRC32C");
        RunningPipeline again = fixture.deploy(fixture.open());
        await(again.awaitEnd());
        fixture.assertExact();
    }

    @Test
    void a_log_that_is_away_for_a_while_after_a_split_does_not_stop_the_run() {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = fixture.deploy(strandline);
        await(running.awaitEnd());
        strandline.refuse("startCut " + Ledger.SOURCE, 3); // a checkpoint asks too
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        await(running.close());
        assertThat(strandline.refusalsLeft()).isZero();
        fixture.assertExact();
    }

    @Test
    void a_store_that_is_away_for_a_while_after_a_split_does_not_stop_the_run() {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        AtomicInteger refusals = new AtomicInteger();
        CheckpointStore store = fixture.store(strandline.vertx);
        CheckpointStore failing = (CheckpointStore) Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(), new Class<?>[] {CheckpointStore.class}, (proxy, method, of) -> {
                    if (method.getName().equals("read") && refusals.getAndDecrement() > 0) {
                        return Future.failedFuture(new StrandlineException.Unavailable("the store is away"));
                    }
                    return method.invoke(store, of);
                });
        RunningPipeline running =
                await(Ledger.pipeline().deploy(strandline.vertx, strandline, fixture.options(), failing));
        await(running.awaitEnd());
        refusals.set(3);
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        await(running.awaitPosition(log.endNow(Ledger.SOURCE)));
        await(running.close());
        assertThat(refusals).hasNonPositiveValue();
        fixture.assertExact();
    }

    @Test
    void a_codec_that_cannot_read_the_moved_state_stops_the_run() {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        Pipeline pipeline = Ledger.silent(
                Ledger::account,
                TextCodec.<Ledger.Balance>of("balance", Ledger.Balance::toString, text -> {
                    throw new IllegalStateException("no balance: " + text);
                }),
                Ledger.Balance::plus);
        RunningPipeline running = await(pipeline.deploy(strandline.vertx, strandline, fixture.options()));
        await(running.awaitEnd());
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        assertThatThrownBy(() -> await(running.ended()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no balance");
    }
}
