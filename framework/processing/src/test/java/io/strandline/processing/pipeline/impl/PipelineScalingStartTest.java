package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.CHECKPOINTS;
import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventType;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Snapshot;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pipeline starts on a source whose partitions were split and merged before or while it was stopped. */
class PipelineScalingStartTest extends OnPipelineFixture {

    private static final StreamName SOURCE = StreamName.parse(Ledger.SOURCE);

    @BeforeEach
    void createStreams() {
        Ledger.createStreams(log, 2);
    }

    @Test
    void begins_at_all_that_a_scaled_stream_keeps() throws Exception {
        fixture.deposit();
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        Scalings.merge(log, Ledger.SOURCE, 1, 2, 0);
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(await(running.awaitEnd()).cut()).isEqualTo(log.endCut(Ledger.SOURCE));
        fixture.assertExact();
    }

    @Test
    void begins_behind_what_was_removed_of_a_scaled_stream() {
        fixture.deposit();
        long gone = Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        log.truncate(
                Ledger.SOURCE,
                StreamCut.of(SOURCE, gone, log.events(Ledger.SOURCE, gone).size()));
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(await(running.awaitEnd()).cut()).isEqualTo(log.endCut(Ledger.SOURCE));
        assertThat(await(running.lag())).isZero();
    }

    @Test
    void a_pipeline_that_was_stopped_goes_on_through_all_that_was_sealed_meanwhile() throws Exception {
        fixture.deposit();
        RunningPipeline first = fixture.deploy(fixture.open());
        await(first.awaitEnd());
        fixture.deposit();
        await(first.close());
        for (int i = 0; i < 4; i++) {
            Scalings.split(log, Ledger.SOURCE, i, 0);
            fixture.deposit();
            Scalings.overlap(log, Ledger.SOURCE, 0, 0);
            fixture.deposit();
        }
        Scalings.merge(log, Ledger.SOURCE, 0, fixture.openPartitions().size(), 0);
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().restored()).isNotNull();
        assertThat(await(running.awaitEnd()).cut()).isEqualTo(log.endCut(Ledger.SOURCE));
        fixture.assertExact();
    }

    @Test
    void without_any_whole_checkpoint_everything_runs_again_from_the_first_partitions() throws Exception {
        RunningPipeline first = fixture.deploy(fixture.open());
        for (int i = 0; i < 5; i++) {
            fixture.deposit();
            Scalings.split(log, Ledger.SOURCE, 0, 0);
            fixture.deposit();
            Scalings.merge(log, Ledger.SOURCE, 0, 2, 0);
            fixture.deposit();
            await(first.awaitEnd());
        }
        await(first.close());
        for (String file : fixture.files()) {
            Files.write(fixture.directory.resolve("ledger").resolve(file), new byte[100]);
        }
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().restored()).isNull();
        assertThat(await(running.awaitEnd()).cut()).isEqualTo(log.endCut(Ledger.SOURCE));
        fixture.assertExact();
    }

    @Test
    void a_damaged_checkpoint_behind_a_scaling_sends_the_run_to_one_before_it() throws Exception {
        fixture.deposit();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline first = await(Ledger.pipeline()
                .deploy(strandline.vertx, strandline, fixture.options().setRetainedCheckpoints(20)));
        await(first.awaitEnd());
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        await(first.awaitEnd());
        await(first.close());
        List<Manifest> manifests = fixture.manifests();
        long split = fixture.openPartitions().get(0);
        for (Manifest manifest : manifests) {
            Snapshot behind = manifest.snapshot(split);
            if (behind != null) {
                Files.delete(fixture.directory.resolve("ledger").resolve(behind.file()));
            }
        }
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().restored()).isNotNull();
        assertThat(running.statistics().damaged()).isPositive();
        await(running.awaitEnd());
        fixture.assertExact();
    }

    @Test
    void a_checkpoint_from_before_scalings_is_gone_on_from() throws Exception {
        fixture.deposit();
        RunningPipeline first = fixture.deploy(fixture.open());
        await(first.awaitEnd());
        await(first.close());
        long partition = log.partitions(CHECKPOINTS).get(0);
        long newest = log.endCut(CHECKPOINTS).offset(partition) - 1;
        log.replace(
                CHECKPOINTS,
                partition,
                newest,
                new MemoryLog.Stored(
                        null, new EventType("strandline.checkpoint", 1), version1(fixture.newestManifest())));
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        fixture.deposit();
        RunningPipeline running = fixture.deploy(fixture.open());
        assertThat(running.statistics().restored()).isNotNull();
        await(running.awaitEnd());
        fixture.assertExact();
    }

    private static byte[] version1(Manifest manifest) {
        JsonArray snapshots = new JsonArray();
        for (Snapshot snapshot : manifest.snapshots()) {
            snapshots.add(new JsonObject()
                    .put("partition", snapshot.partition())
                    .put("offset", snapshot.offset())
                    .put("step", snapshot.step())
                    .put("keys", snapshot.keys())
                    .put("file", snapshot.file())
                    .put("length", snapshot.length())
                    .put("crc32c", Integer.toHexString(snapshot.crc())));
        }
        return new JsonObject()
                .put("number", manifest.taken().number())
                .put("epoch", manifest.taken().epoch())
                .put("version", manifest.taken().version())
                .put("snapshots", snapshots)
                .toBuffer()
                .getBytes();
    }
}
