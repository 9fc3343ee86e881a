package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.spi.Batch;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.Flaw;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Exclusive streams at the port of the engine, on a simulated disk (E3, X3). */
class ExclusiveStreamTest {

    private static final int SHARDS = 2;
    private static final StreamName STREAM = StreamName.parse("shop/accounts");
    private static final LogOptions OPTIONS = new LogOptions()
            .setShards(SHARDS)
            .setJournalFileBytes(64 << 10)
            .setTailBytes(192 << 10)
            .setQueuedBytes(64 << 10)
            .setMaxEventBytes(16 << 10);

    private static SimulatedLog log(long seed, Flaw flaw) {
        return new SimulatedLog(seed, OPTIONS, SHARDS, flaw);
    }

    private static StreamDescription create(SimulatedLog world, int partitions, boolean exclusive) {
        return world.createStream(
                STREAM.toString(), new StreamOptions().setPartitions(partitions).setExclusive(exclusive));
    }

    private static long endOffset(SimulatedLog world) {
        return world.get(world.catalog().endCut(STREAM.toString()))
                .offsets()
                .values()
                .iterator()
                .next();
    }

    /** All batches of a partition. */
    private static List<byte[]> batches(SimulatedLog world, PartitionDescription partition) {
        List<byte[]> batches = new ArrayList<>();
        long offset = 0;
        while (true) {
            ReadSlice slice = world.get(world.engine().read(partition, offset, 1 << 20));
            if (slice.segments().isEmpty()) {
                return batches;
            }
            for (ReadSlice.Segment segment : slice.segments()) {
                for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                    int length = Batch.length(segment.bytes(), at);
                    batches.add(Arrays.copyOfRange(segment.bytes(), at, at + length));
                    offset = Batch.offset(segment.bytes(), at) + Batch.count(segment.bytes(), at);
                }
            }
        }
    }

    private final SimulatedLog world = log(11, Flaw.NONE);

    private Claimant claim(long partition) {
        return new Claimant(world, world.get(world.engine().claim(STREAM, partition, WriterOptions.NEW_GENERATION)));
    }

    // ---- who may append

    @Test
    void e3_nobodyAppendsBeforeAClaim() {
        PartitionDescription partition = create(world, 2, true).partitions().get(1);
        WriterGrant.Slot slot = new WriterGrant.Slot(partition, 0, partition.keys(), null);
        for (long writer : new long[] {-5, 1}) {
            WriterGrant forged = new WriterGrant(world.get(world.engine().layout(STREAM)), writer, 1, List.of(slot));
            assertThat(new Claimant(world, forged).refusal()).isEqualTo(StrandlineException.Fenced.class);
        }
        assertThat(batches(world, partition)).isEmpty();
    }

    @Test
    void e3_ordinaryWritersAndTransactionsAreRefused() {
        create(world, 1, true);
        assertThat(world.failure(world.engine().admitWriter(STREAM, null)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("exclusive");
        assertThat(world.failure(world.engine().admitWriter(STREAM, "importer")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("importer");
        assertThat(world.failure(world.engine().catalog().retireWriter(STREAM.toString(), "claim")))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void e3_aClaimTakesAPartitionFromTheOneBefore() {
        StreamDescription stream = create(world, 2, true);
        long first = stream.partitions().get(0).id();
        Claimant old = claim(first);
        Claimant other = claim(stream.partitions().get(1).id());
        assertThat(old.refusal()).isNull();
        Claimant next = claim(first);
        assertThat(next.grant.epoch()).isGreaterThan(other.grant.epoch());
        assertThat(old.refusal()).isEqualTo(StrandlineException.Fenced.class);
        assertThat(next.refusal()).isNull();
        assertThat(other.refusal()).as("the claim of another partition").isNull();
        assertThat(batches(world, stream.partitions().get(0))).hasSize(2);
    }

    @Test
    void e3_aClaimOutlivesACrashAndTheJournalFilesThatSaidSo() {
        StreamDescription stream = create(world, 1, true);
        long id = stream.partitions().get(0).id();
        Claimant old = claim(id);
        Claimant holder = claim(id);
        world.crash();
        assertThat(old.refusal()).isEqualTo(StrandlineException.Fenced.class);
        assertThat(holder.refusal()).isNull();
        for (int i = 0; i < 100; i++) {
            assertThat(world.get(holder.send(4_000)).refusal(0)).isNull();
        }
        world.crash();
        assertThat(old.refusal()).isEqualTo(StrandlineException.Fenced.class);
        assertThat(holder.refusal()).isNull();
        assertThat(world.get(world.engine().layout(STREAM)).exclusive()).isTrue();
        assertThat(claim(id).grant.epoch()).isEqualTo(3);
    }

    // ---- scaling

    @Test
    void e3_successorsTakeNothingBeforeTheyAreClaimed() {
        StreamDescription before = create(world, 2, true);
        Claimant lower = claim(before.partitions().get(0).id());
        Claimant upper = claim(before.partitions().get(1).id());
        assertThat(upper.refusal()).isNull();
        StreamDescription after = world.get(world.engine()
                .catalog()
                .scale(
                        STREAM.toString(),
                        Set.of(lower.partition().id(), upper.partition().id()),
                        List.of(KeyRange.ALL)));
        assertThat(after.exclusive()).isTrue();
        long merged = after.partitions().get(0).id();
        assertThat(upper.refusal()).isEqualTo(StrandlineException.Sealed.class);
        WriterGrant.Slot slot = new WriterGrant.Slot(after.partitions().get(0), 0, KeyRange.ALL, null);
        WriterGrant forged = new WriterGrant(after, upper.grant.writer(), upper.grant.epoch(), List.of(slot));
        assertThat(new Claimant(world, forged).refusal()).isEqualTo(StrandlineException.Fenced.class);
        world.crash();
        assertThat(new Claimant(world, forged).refusal()).isEqualTo(StrandlineException.Fenced.class);
        Claimant next = claim(merged);
        assertThat(next.grant.epoch()).isGreaterThan(upper.grant.epoch()).isGreaterThan(lower.grant.epoch());
        assertThat(next.grant.slots()).extracting(WriterGrant.Slot::keys).containsExactly(KeyRange.ALL);
        assertThat(next.refusal()).isNull();
        assertThat(world.failure(world.engine().claim(STREAM, upper.partition().id(), WriterOptions.NEW_GENERATION)))
                .isInstanceOf(StrandlineException.Sealed.class)
                .hasMessageContaining("ends at offset 1");
    }

    /** The ranges of its parents stay for the next split. A claim needs none of what they know. */
    @Test
    void e3_claimsGoOnAfterMergesSplitsAndCrashes() {
        StreamDescription before = create(world, 2, true);
        for (PartitionDescription partition : before.partitions()) {
            assertThat(claim(partition.id()).refusal()).isNull();
        }
        for (int round = 0; round < 3; round++) {
            long merged = scale(List.of(KeyRange.ALL)).get(0).id();
            Claimant first = claim(merged);
            assertThat(first.refusal()).isNull();
            assertThat(first.refusal()).isNull();
            world.crash();
            Claimant second = claim(merged);
            assertThat(second.refusal()).isNull();
            assertThat(first.refusal()).isEqualTo(StrandlineException.Fenced.class);
            for (PartitionDescription part : scale(KeyRange.equalRanges(2))) {
                Claimant holder = claim(part.id());
                assertThat(holder.refusal()).as("round %s, %s", round, part).isNull();
                assertThat(holder.refusal()).as("round %s, %s", round, part).isNull();
            }
        }
    }

    private List<PartitionDescription> scale(List<KeyRange> ranges) {
        Set<Long> open = world.get(world.engine().catalog().describe(STREAM.toString())).partitions().stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toSet());
        return world.get(world.engine().catalog().scale(STREAM.toString(), open, ranges))
                .partitions();
    }

    // ---- bad input, and names that are used again

    @Test
    void badClaimsAreRefused() {
        StreamDescription shared = create(world, 1, false);
        assertThat(world.failure(
                        world.engine().claim(STREAM, shared.partitions().get(0).id(), WriterOptions.NEW_GENERATION)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("not exclusive");
        assertThat(world.failure(world.engine().claim(StreamName.parse("shop/away"), 1, WriterOptions.NEW_GENERATION)))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(world.failure(world.engine()
                        .catalog()
                        .createStream(STREAM.toString(), new StreamOptions().setExclusive(true))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("exclusive is false, not true");
        world.get(world.engine().catalog().deleteStream(STREAM.toString()));
        create(world, 1, true);
        assertThat(world.failure(world.engine().claim(STREAM, 99, WriterOptions.NEW_GENERATION)))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("99");
    }

    @Test
    void aStreamMadeAnewIsWhatItWasMadeAs() {
        StreamDescription exclusive = create(world, 1, true);
        Claimant old = claim(exclusive.partitions().get(0).id());
        world.get(world.engine().catalog().deleteStream(STREAM.toString()));
        create(world, 1, false);
        assertThat(old.refusal()).isEqualTo(StrandlineException.NotFound.class);
        assertThatCode(() -> world.get(world.engine().admitWriter(STREAM, "importer")))
                .doesNotThrowAnyException();
        world.crash();
        assertThatCode(() -> world.get(world.engine().admitWriter(STREAM, "importer")))
                .doesNotThrowAnyException();
    }

    // ---- claimants against each other

    /**
     * Claimants that do not know of each other claim, append and are cut off at any moment. All events appended after a
     * claim belong to that claim or a later one, and acknowledged events are there.
     */
    private static void race(long seed, Flaw flaw) {
        Random random = new Random(seed);
        SimulatedLog world = log(seed, flaw);
        PartitionDescription partition = create(world, 1, true).partitions().get(0);
        List<Claimant> claimants = new ArrayList<>();
        TreeMap<Integer, Long> endAtClaim = new TreeMap<>();
        long acknowledged = 0;
        List<Future<ParcelReply>> sent = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            int what = random.nextInt(10);
            if (claimants.isEmpty() || what == 0) {
                Future<WriterGrant> claiming =
                        world.engine().claim(STREAM, partition.id(), WriterOptions.NEW_GENERATION);
                if (!claimants.isEmpty()) {
                    sent.add(claimants.get(random.nextInt(claimants.size())).send(1 + random.nextInt(3_000)));
                }
                Claimant next = new Claimant(world, world.get(claiming));
                claimants.add(next);
                endAtClaim.put(next.grant.epoch(), endOffset(world));
            } else if (what == 1) {
                acknowledged += settle(world, sent);
                world.crash();
            } else {
                sent.add(claimants.get(random.nextInt(claimants.size())).send(1 + random.nextInt(3_000)));
                if (random.nextBoolean()) {
                    acknowledged += settle(world, sent);
                }
            }
        }
        acknowledged += settle(world, sent);
        List<byte[]> all = batches(world, partition);
        for (byte[] batch : all) {
            Map.Entry<Integer, Long> newest = endAtClaim.floorEntry(Batch.epoch(batch, 0));
            Map.Entry<Integer, Long> next = endAtClaim.higherEntry(Batch.epoch(batch, 0));
            assertThat(newest).as("seed %s, the claim of a batch", seed).isNotNull();
            assertThat(Batch.offset(batch, 0))
                    .as("seed %s, offset of a batch of claim %s after claim %s", seed, newest, next)
                    .isLessThan(next == null ? Long.MAX_VALUE : next.getValue());
        }
        assertThat(all.size())
                .as("seed %s, batches acknowledged and there", seed)
                .isEqualTo(acknowledged);
    }

    private static long settle(SimulatedLog world, List<Future<ParcelReply>> sent) {
        long acknowledged = 0;
        for (Future<ParcelReply> reply : sent) {
            acknowledged += world.get(reply).refusal(0) == null ? 1 : 0;
        }
        sent.clear();
        return acknowledged;
    }

    @Test
    void e3_nothingOfAnEarlierClaimStandsBehindALaterOne() {
        for (long seed = 0; seed < 200; seed++) {
            race(seed, Flaw.NONE);
        }
    }

    @Test
    void e3_aLogThatDoesNotFenceIsFound() {
        assertThatThrownBy(() -> {
                    for (long seed = 0; seed < 50; seed++) {
                        race(seed, Flaw.DOES_NOT_FENCE);
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("after claim");
    }

    /** A claim that is cut off at any operation of the disk is either there as a whole or not at all, and the next one holds. */
    @Test
    void e3_aClaimMayBeCutOffAnywhere() {
        int interrupted = 0;
        for (int operation = 1; operation <= 12; operation++) {
            SimulatedLog cut = log(operation, Flaw.NONE);
            PartitionDescription partition = create(cut, 1, true).partitions().get(0);
            Claimant old = new Claimant(
                    cut, cut.get(cut.engine().claim(STREAM, partition.id(), WriterOptions.NEW_GENERATION)));
            assertThat(old.refusal()).isNull();
            cut.disk().faults().crashAt(operation);
            Future<WriterGrant> claiming = cut.engine().claim(STREAM, partition.id(), WriterOptions.NEW_GENERATION);
            boolean completed = cut.runToCrash(claiming);
            cut.crash();
            Class<?> refusal = old.refusal();
            interrupted += completed ? 0 : 1;
            if (completed) {
                assertThat(refusal).isEqualTo(StrandlineException.Fenced.class);
            }
            Claimant next = new Claimant(
                    cut, cut.get(cut.engine().claim(STREAM, partition.id(), WriterOptions.NEW_GENERATION)));
            assertThat(next.refusal()).isNull();
            assertThat(old.refusal()).isEqualTo(StrandlineException.Fenced.class);
        }
        assertThat(interrupted).as("crashes before a claim was answered").isGreaterThan(2);
    }
}
