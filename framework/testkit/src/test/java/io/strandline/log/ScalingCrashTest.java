package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.journal.JournalDirectory;
import io.strandline.log.impl.journal.JournalRecovery;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.SimulatedCrash;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Scalings, and what they inherited, through a crash at any operation of the disk (4.5 E1). */
class ScalingCrashTest extends ScalingFixture {

    @Test
    void e1_aJournalCheckpointKeepsScalingsAndWhatWasInherited() throws IOException {
        long parent = ids(createStream(1)).get(0);
        WriterGrant grant = get(log.admitWriter(STREAM, "importer"));
        append(grant, grant.slots().get(0), -1, 5);
        scale(Set.of(parent), LOWER, UPPER);
        StreamDescription after = scale(Set.of(parent + 1, parent + 2), KeyRange.ALL);
        WriterGrant moved = get(log.refreshWriter(grant, "importer"));
        // Enough frames for every shard to write checkpoints and to forget the journal files of the scaling.
        WriterGrant noise = get(log.admitWriter(STREAM, null));
        Slot first = noise.slots().get(0);
        for (int i = 0; i < 100; i++) {
            byte[] batch = new BatchBuilder(first.partition().id(), noise.writer(), 1, sequence(i - 1), sequence(i))
                    .add(new byte[2_000])
                    .build();
            get(log.append(BatchBuilder.parcel(first.partition().shard(), batch)));
        }
        for (int i = 0; i < 100; i++) {
            get(log.admitWriter(STREAM, "other"));
        }
        crash();
        for (int shard : List.of(0, first.partition().shard())) {
            JournalRecovery recovery = new JournalRecovery(disk);
            recovery.read(
                    ShardDirectories.journal(shard),
                    JournalDirectory.list(disk, ShardDirectories.journal(shard)),
                    shard);
            assertThat(recovery.contents(1).firstFrame())
                    .as("the frames of the scaling are gone from shard %s", shard)
                    .isGreaterThan(30);
        }
        log = open();
        assertThat(get(log.catalog().describe(STREAM.toString()))).isEqualTo(after);
        assertThat(get(log.refreshWriter(moved, "importer")).slots()).isEqualTo(moved.slots());
        assertThat(get(log.read(Objects.requireNonNull(after.sealed(parent)).partition(), 0, 1_000))
                        .sealed())
                .isTrue();
        assertThat(refusal(append(moved, moved.slots().get(1), 5, 5))).isNull();
        assertThat(refusal(append(moved, moved.slots().get(1), 4, 6))).isEqualTo(StrandlineException.Conflict.class);
    }

    @Test
    void e1_aDeletionForgetsTheWritersInEveryShardAlsoThroughACrash() {
        for (int operation = 1; operation < 30; operation++) {
            long parent = ids(createStream(1)).get(0);
            get(log.admitWriter(STREAM, "importer"));
            scale(Set.of(parent), LOWER, UPPER);
            disk.faults().crashAt(operation);
            boolean done = runToCrash(log.catalog().deleteStream(STREAM.toString()));
            crash();
            log = open();
            if (!done && exists()) {
                get(log.catalog().deleteStream(STREAM.toString()));
            }
            for (int shard = 0; shard < SHARDS; shard++) {
                int known = get(log.call(
                        shard,
                        life -> Future.succeededFuture(life.state().raised().size())));
                assertThat(known)
                        .as("writers known to shard %s after a crash at operation %s", shard, operation)
                        .isZero();
            }
        }
    }

    private boolean exists() {
        Future<StreamDescription> described = log.layout(STREAM);
        settle(described);
        return described.succeeded();
    }

    /** Cuts the power at one operation of the disk after the other, until a scaling gets through before it. */
    @Test
    void e1_aScalingThatACrashInterruptedIsFinishedOrNeverBegun() {
        List<Long> open = new ArrayList<>(ids(createStream(2)));
        long last = 0;
        WriterGrant grant = get(log.admitWriter(STREAM, "importer"));
        append(grant, grant.slots().get(0), -1, last);
        append(grant, grant.slots().get(1), -1, last);
        int interrupted = 0;
        for (int operation = 1; operation < 60; operation++) {
            KeyRange[] ranges = open.size() == 1 ? new KeyRange[] {LOWER, UPPER} : new KeyRange[] {KeyRange.ALL};
            disk.faults().crashAt(operation);
            Future<StreamDescription> scaled =
                    log.catalog().scale(STREAM.toString(), Set.copyOf(open), List.of(ranges));
            boolean done = runToCrash(scaled);
            interrupted += done ? 0 : 1;
            crash();
            log = open();
            StreamDescription now = get(log.layout(STREAM));
            if (done) {
                assertThat(now).isEqualTo(scaled.result());
            }
            assertThat(ids(now).equals(open) || now.sealed(open.get(0)) != null).isTrue();
            open = ids(now);
            WriterGrant fresh = get(log.admitWriter(STREAM, "importer"));
            long before = last;
            assertThat(fresh.slots()).allSatisfy(slot -> assertThat(
                            Objects.requireNonNull(slot.last()).sequence())
                    .isEqualTo(Sequence.of(before)));
            last++;
            for (Slot slot : fresh.slots()) {
                assertThat(append(fresh, slot, before, last).allAccepted()).isTrue();
            }
        }
        assertThat(interrupted).as("crashes before a scaling was answered").isGreaterThan(7);
    }

    private boolean runToCrash(Future<?> future) {
        while (!future.isComplete() && !disk.crashed()) {
            try {
                assertThat(scheduler.step()).isTrue();
            } catch (SimulatedCrash e) {
                return future.succeeded();
            }
        }
        return future.succeeded();
    }
}
