package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.ScalingPolicy;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.internal.KeyHash;
import io.strandline.log.spi.Disk;
import io.strandline.spi.Batch;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.SimulatedCrash;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Streams that are sealed, at the port of the engine on a simulated disk. */
class SealedStreamTest extends ScalingFixture {

    private static final long LEASE_MILLIS = 600_000;

    private boolean isBroken;

    @Override
    Disk around(Disk simulated) {
        return new HookedDisk(simulated, (step, name, bytes) -> {
            if (isBroken && name.startsWith("shard-1")) {
                throw new IOException("broken");
            }
        });
    }

    private StreamDescription seal() {
        return get(log.catalog().sealStream(STREAM.toString()));
    }

    private void assertSealed(Future<?> call) {
        assertThat(failure(call))
                .isInstanceOf(StrandlineException.Sealed.class)
                .hasMessage("stream " + STREAM + " is sealed");
    }

    private StreamDescription described() {
        return get(log.catalog().describe(STREAM.toString()));
    }

    // ---- what is described

    @Test
    void e1_aSealedStreamKeepsItsPartitionsAndTheirEnds() {
        StreamDescription before = createStream(2);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        StreamDescription sealed = seal();
        assertThat(before.isSealed()).isFalse();
        assertThat(sealed.isSealed()).isTrue();
        assertThat(sealed.partitions()).isEqualTo(before.partitions());
        long first = ids(before).get(0);
        long second = ids(before).get(1);
        assertThat(Objects.requireNonNull(sealed.sealed(first)).endOffset()).isEqualTo(1);
        assertThat(Objects.requireNonNull(sealed.sealed(second)).endOffset()).isZero();
        assertThat(sealed.successors(first)).isEmpty();
        assertThat(get(log.catalog().endCut(STREAM.toString())).offsets())
                .containsEntry(first, 1L)
                .containsEntry(second, 0L);
        assertThat(seal()).isEqualTo(sealed);
        assertThat(get(log.layout(STREAM))).isEqualTo(sealed);
        crash();
        log = open();
        assertThat(described()).isEqualTo(sealed);
        assertThat(seal()).isEqualTo(sealed);
    }

    @Test
    void aStreamThatWasScaledIsSealed() {
        long parent = ids(createStream(1)).get(0);
        scale(Set.of(parent), LOWER, UPPER);
        StreamDescription sealed = seal();
        assertThat(ids(sealed)).containsExactly(parent + 1, parent + 2);
        assertThat(sealed.scalings()).hasSize(2);
        crash();
        log = open();
        assertThat(described()).isEqualTo(sealed);
    }

    @Test
    void a2_whatIsAtTheEndIsReadAsTheEnd() {
        StreamDescription stream = createStream(1);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        Future<ReadSlice> waiting = log.awaitEvents(stream.partitions().get(0), 1, 1_000);
        seal();
        ReadSlice end = get(waiting);
        assertThat(end.sealed()).isTrue();
        assertThat(end.endOffset()).isEqualTo(1);
        assertThat(get(log.read(stream.partitions().get(0), 0, 1_000)).segments())
                .isNotEmpty();
    }

    // ---- what is refused

    @Test
    void e2_itTakesNothingFromThoseWhoWriteOrWouldWrite() {
        createStream(1);
        WriterGrant named = get(log.admitWriter(STREAM, "importer"));
        Slot slot = named.slots().get(0);
        append(named, slot, -1, 0);
        seal();
        assertThat(append(named, slot, -1, 0).duplicate(0)).isTrue();
        assertThat(refusal(append(named, slot, 0, 1))).isEqualTo(StrandlineException.Sealed.class);
        assertSealed(log.refreshWriter(named, "importer"));
        assertSealed(log.readmitWriter(named, "importer"));
        assertSealed(log.admitWriter(STREAM, "another"));
        assertSealed(log.admitWriter(STREAM, null));
        assertThat(get(log.catalog().endCut(STREAM.toString())).offsets()).containsValue(1L);
        crash();
        log = open();
        assertSealed(log.admitWriter(STREAM, null));
        assertThat(refusal(append(named, slot, 0, 1))).isEqualTo(StrandlineException.Sealed.class);
    }

    @Test
    void e2_itsPartitionsCannotBeClaimed() {
        StreamDescription stream = get(log.catalog()
                .createStream(
                        STREAM.toString(), new StreamOptions().setPartitions(1).setExclusive(true)));
        long partition = ids(stream).get(0);
        WriterGrant held = get(log.claim(STREAM, partition, WriterOptions.NEW_GENERATION));
        seal();
        assertSealed(log.claim(STREAM, partition, WriterOptions.NEW_GENERATION));
        assertThat(failure(log.barrier(held))).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(refusal(append(held, held.slots().get(0), -1, 0))).isEqualTo(StrandlineException.Sealed.class);
    }

    @Test
    void itIsNotScaledByHandOrByItsPolicy() {
        StreamDescription stream = createStream(2);
        seal();
        assertSealed(log.catalog().scale(STREAM.toString(), Set.copyOf(ids(stream)), List.of(KeyRange.ALL)));
        ScalingPolicy merging = new ScalingPolicy(ScalingPolicy.Kind.EVENT_RATE, 1_000, 1, 8, 1_000);
        get(log.catalog().setScaling(STREAM.toString(), merging));
        pass(60_000);
        assertThat(described().partitions()).hasSize(2);
    }

    @Test
    void aStreamOfStrandlineIsNotSealed() {
        assertThat(failure(log.catalog().sealStream(StreamName.RESERVED_SCOPE + "/groups")))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(failure(log.catalog().sealStream(STREAM.toString())))
                .isInstanceOf(StrandlineException.NotFound.class);
    }

    // ---- what goes on

    @Test
    void f1_itIsTruncatedAndDeletedAndItsNameIsFree() {
        StreamDescription stream = createStream(2);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        append(grant, grant.slots().get(1), -1, 0);
        seal();
        long first = ids(stream).get(0);
        long second = ids(stream).get(1);
        get(log.catalog().truncate(STREAM.toString(), new StreamCut(STREAM, new TreeMap<>(Map.of(first, 1L)))));
        assertThat(get(log.catalog().startCut(STREAM.toString())).offsets())
                .containsEntry(first, 1L)
                .containsEntry(second, 0L);
        get(log.catalog().deleteStream(STREAM.toString()));
        assertThat(createStream(1).isSealed()).isFalse();
        WriterGrant next = get(log.admitWriter(STREAM, null));
        assertThat(append(next, next.slots().get(0), -1, 0).allAccepted()).isTrue();
        crash();
        log = open();
        assertThat(described().isSealed()).isFalse();
    }

    // ---- transactions

    private TransactionPort transactions() {
        return log.transactions();
    }

    private void begin(String id) {
        get(transactions().begin(id, LEASE_MILLIS));
    }

    /** One event for each partition of the stream. */
    private Future<Void> write(String id, StreamDescription stream) {
        BatchBuilder batch = new BatchBuilder(0, 0, 1, Sequence.NONE, new Sequence(0, 0));
        stream.partitions().forEach(partition -> batch.add(keyOf(partition), new byte[10]));
        byte[] bytes = batch.build();
        byte[] records = Arrays.copyOfRange(bytes, Batch.HEADER_BYTES, bytes.length);
        return transactions().write(id, 0, STREAM, records, stream.partitions().size());
    }

    private static String keyOf(PartitionDescription partition) {
        int i = 0;
        while (true) {
            byte[] key = ("key" + i).getBytes(StandardCharsets.UTF_8);
            if (partition.keys().contains(KeyHash.of(key, 0, key.length))) {
                return "key" + i;
            }
            i++;
        }
    }

    private List<Long> ends() {
        return List.copyOf(
                get(log.catalog().endCut(STREAM.toString())).offsets().values());
    }

    @Test
    void x1_aTransactionIsWholeInItIfItWasDecidedBeforeAndElseNotAtAll() {
        StreamDescription stream = createStream(3);
        begin("before");
        get(write("before", stream));
        begin("open");
        get(write("open", stream));
        begin("late");
        assertThat(get(transactions().commit("before"))).isEqualTo(TransactionStatus.COMMITTED);
        seal();
        assertSealed(write("late", stream));
        assertSealed(transactions().write("open", 1, STREAM, new byte[0], 0));
        assertSealed(transactions().commit("open"));
        assertThat(get(transactions().status("open"))).isEqualTo(TransactionStatus.OPEN);
        assertThat(get(transactions().abort("open"))).isEqualTo(TransactionStatus.ABORTED);
        assertThat(ends()).containsExactly(1L, 1L, 1L);
    }

    @Test
    void x1_aTransactionThatWasOpenThroughACrashIsNotCommittedIntoIt() {
        StreamDescription stream = createStream(3);
        begin("open");
        get(write("open", stream));
        seal();
        crash();
        log = open();
        assertSealed(transactions().commit("open"));
        assertThat(ends()).containsExactly(0L, 0L, 0L);
        assertThat(get(transactions().abort("open"))).isEqualTo(TransactionStatus.ABORTED);
        get(log.catalog().deleteStream(STREAM.toString()));
    }

    /** The commit and the seal meet after each number of steps of the one or the other. */
    @Test
    void x1_aCommitThatMeetsTheSealIsWholeOrRefused() {
        int whole = 0;
        int refused = 0;
        for (int steps = 0; steps < 120; steps++) {
            StreamDescription stream = createStream(3);
            begin("t" + steps);
            Future<?> written = write("t" + steps, stream);
            if (steps % 2 == 0) {
                get(written);
            }
            Future<StreamDescription> sealing;
            Future<TransactionStatus> committed;
            if (steps % 4 < 2) {
                sealing = log.catalog().sealStream(STREAM.toString());
                run(steps / 4);
                committed = transactions().commit("t" + steps);
            } else {
                committed = transactions().commit("t" + steps);
                run(steps / 4);
                sealing = log.catalog().sealStream(STREAM.toString());
            }
            settle(committed);
            settle(written);
            assertThat(get(sealing).isSealed()).isTrue();
            if (committed.succeeded() && written.succeeded()) {
                whole++;
                assertThat(ends()).as("after %s steps", steps).containsExactly(1L, 1L, 1L);
            } else {
                refused++;
                assertThat(ends()).as("after %s steps", steps).containsExactly(0L, 0L, 0L);
            }
            get(log.catalog().deleteStream(STREAM.toString()));
        }
        assertThat(whole).isPositive();
        assertThat(refused).isPositive();
    }

    private void run(int steps) {
        for (int i = 0; i < steps; i++) {
            scheduler.step();
        }
    }

    private void pass(long millis) {
        long end = scheduler.monotonicNanos() + millis * 1_000_000;
        while (scheduler.monotonicNanos() < end && scheduler.step()) {
            // Until nothing is left to do, or the time is over.
        }
    }

    // ---- shards that are away

    /** Each resumption tries all of them, so one for each would have them tried more and more often. */
    @Test
    void e1_sealsThatWaitForAShardAreTriedTogetherAndFinishedWithoutAnotherCall() {
        List<String> names = List.of("shop/a", "shop/b", "shop/c");
        StreamDescription stream = createStream(SHARDS);
        for (String name : names) {
            get(log.catalog().createStream(name, new StreamOptions().setPartitions(SHARDS)));
        }
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        isBroken = true;
        PartitionDescription away = stream.partitions().stream()
                .filter(partition -> partition.shard() == 1)
                .findFirst()
                .orElseThrow();
        Slot slot = grant.slots().stream()
                .filter(each -> each.partition().equals(away))
                .findFirst()
                .orElseThrow();
        failure(send(grant, slot, Sequence.NONE, sequence(0)));
        names.forEach(name -> assertThat(failure(log.catalog().sealStream(name)))
                .isInstanceOf(StrandlineException.Unavailable.class));
        long early = stepsIn(60_000);
        assertThat(stepsIn(60_000)).isLessThan(2 * early);
        isBroken = false;
        pass(120_000);
        names.forEach(name -> assertThat(get(log.catalog().describe(name)).isSealed())
                .as(name)
                .isTrue());
    }

    private long stepsIn(long millis) {
        long before = scheduler.steps();
        pass(millis);
        return scheduler.steps() - before;
    }

    // ---- crashes

    /** Cuts the power at one operation of the disk after the other, until a seal gets through before it. */
    @Test
    void e1_aSealThatACrashInterruptedIsFinishedOrNeverBegun() {
        int finishedLater = 0;
        boolean through = false;
        for (int operation = 1; !through; operation++) {
            StreamDescription stream = createStream(3);
            begin("t" + operation);
            get(write("t" + operation, stream));
            disk.faults().crashAt(operation);
            Future<TransactionStatus> committed = transactions().commit("t" + operation);
            through = runToCrash(log.catalog().sealStream(STREAM.toString()));
            crash();
            log = open();
            pass(10_000);
            List<Long> ends = ends();
            assertThat(ends).as("operation %s", operation).isIn(List.of(0L, 0L, 0L), List.of(1L, 1L, 1L));
            if (described().isSealed()) {
                finishedLater += through ? 0 : 1;
                assertThat(failure(log.admitWriter(STREAM, null))).isInstanceOf(StrandlineException.Sealed.class);
                ReadSlice end = get(log.read(stream.partitions().get(0), ends.get(0), 1_000));
                assertThat(end.sealed()).isTrue();
            } else {
                assertThat(through).isFalse();
                WriterGrant grant = get(log.admitWriter(STREAM, null));
                assertThat(append(grant, grant.slots().get(0), -1, 0).allAccepted())
                        .isTrue();
            }
            assertThat(committed.succeeded() && ends.contains(0L))
                    .as("operation %s", operation)
                    .isFalse();
            get(log.catalog().deleteStream(STREAM.toString()));
        }
        assertThat(finishedLater).isPositive();
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
