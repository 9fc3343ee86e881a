package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.state.Claim;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.DiskOperation;
import io.strandline.testkit.Flaw;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Claims of one owner have one generation, and an owner that was taken over claims nothing back (E3). */
class ClaimGenerationTest {

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

    private static StreamDescription create(SimulatedLog world, int partitions) {
        return world.createStream(
                STREAM.toString(), new StreamOptions().setPartitions(partitions).setExclusive(true));
    }

    private static Claimant claim(SimulatedLog world, long partition, long generation) {
        return new Claimant(world, world.get(world.engine().claim(STREAM, partition, generation)));
    }

    private static Throwable refusal(SimulatedLog world, long partition, long generation) {
        return world.failure(world.engine().claim(STREAM, partition, generation));
    }

    private static StreamDescription scale(SimulatedLog world, List<KeyRange> ranges) {
        Set<Long> open = new TreeSet<>();
        world.get(world.engine().layout(STREAM)).partitions().forEach(partition -> open.add(partition.id()));
        return world.get(world.engine().catalog().scale(STREAM.toString(), open, ranges));
    }

    private final SimulatedLog world = log(11, Flaw.NONE);

    private Claimant begin(long partition) {
        return claim(world, partition, WriterOptions.NEW_GENERATION);
    }

    // ---- the order of claims

    @Test
    void e3_anOwnerThatWasTakenOverClaimsNothingBack() {
        StreamDescription stream = create(world, 2);
        long first = stream.partitions().get(0).id();
        long second = stream.partitions().get(1).id();
        Claimant old = begin(first);
        Claimant next = begin(first);
        assertThat(next.grant.claimGeneration()).isGreaterThan(old.grant.claimGeneration());
        assertThat(refusal(world, first, old.grant.claimGeneration()))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("generation " + old.grant.claimGeneration())
                .hasMessageContaining("generation " + next.grant.claimGeneration() + " has claimed it");
        assertThat(next.refusal()).isNull();
        Claimant oldElsewhere = claim(world, second, old.grant.claimGeneration());
        assertThat(oldElsewhere.grant.claimGeneration()).isEqualTo(old.grant.claimGeneration());
        assertThat(oldElsewhere.refusal()).as("where nobody has taken it over").isNull();
        claim(world, second, next.grant.claimGeneration());
        assertThat(oldElsewhere.refusal()).isEqualTo(StrandlineException.Fenced.class);
    }

    /** As an owner does that got no answer to its claim. */
    @Test
    void e3_aClaimIsRepeatedInItsGeneration() {
        long id = create(world, 1).partitions().get(0).id();
        Claimant first = begin(id);
        Claimant again = claim(world, id, first.grant.claimGeneration());
        assertThat(again.grant.claimGeneration()).isEqualTo(first.grant.claimGeneration());
        assertThat(again.grant.epoch()).isGreaterThan(first.grant.epoch());
        assertThat(first.refusal()).isEqualTo(StrandlineException.Fenced.class);
        assertThat(again.refusal()).isNull();
    }

    @Test
    void aGenerationThatWasNeverBegunIsRefused() {
        long id = create(world, 1).partitions().get(0).id();
        assertThat(refusal(world, id, 1))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("generation 1")
                .hasMessageContaining("up to 0");
        long generation = begin(id).grant.claimGeneration();
        for (long unknown : new long[] {-1, generation + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(refusal(world, id, unknown))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("generation " + unknown)
                    .hasMessageContaining("up to " + generation);
        }
        assertThat(claim(world, id, generation).refusal()).isNull();
    }

    // ---- scaling

    @Test
    void e3_aMergedPartitionHasTheHighestGenerationOfThoseBefore() {
        StreamDescription stream = create(world, 2);
        Claimant old = begin(stream.partitions().get(0).id());
        Claimant next = begin(stream.partitions().get(1).id());
        long merged = scale(world, List.of(KeyRange.ALL)).partitions().get(0).id();
        assertThat(refusal(world, merged, old.grant.claimGeneration()))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("has claimed a partition that it succeeds");
        assertThat(claim(world, merged, next.grant.claimGeneration()).refusal()).isNull();
    }

    @Test
    void e3_eachPartitionOfASplitHasTheGenerationOfTheOneBefore() {
        StreamDescription stream = create(world, 2);
        Claimant old = begin(stream.partitions().get(0).id());
        Claimant next = begin(stream.partitions().get(1).id());
        List<PartitionDescription> split = scale(world, KeyRange.equalRanges(4)).partitions();
        assertThat(claim(world, split.get(0).id(), old.grant.claimGeneration()).refusal())
                .isNull();
        for (int i = 2; i < 4; i++) {
            assertThat(refusal(world, split.get(i).id(), old.grant.claimGeneration()))
                    .isInstanceOf(StrandlineException.Fenced.class);
            assertThat(claim(world, split.get(i).id(), next.grant.claimGeneration())
                            .refusal())
                    .isNull();
        }
    }

    @Test
    void e3_aScalingMayBeCutOffAnywhere() {
        int interrupted = 0;
        for (int operation = 1; operation <= 20; operation++) {
            SimulatedLog cut = log(operation, Flaw.NONE);
            long parent = create(cut, 1).partitions().get(0).id();
            long old = claim(cut, parent, WriterOptions.NEW_GENERATION).grant.claimGeneration();
            long next = claim(cut, parent, WriterOptions.NEW_GENERATION).grant.claimGeneration();
            cut.disk().faults().crashAt(operation);
            boolean completed = cut.runToCrash(
                    cut.engine().catalog().scale(STREAM.toString(), Set.of(parent), KeyRange.equalRanges(2)));
            interrupted += completed ? 0 : 1;
            cut.crash();
            for (PartitionDescription open :
                    cut.get(cut.engine().layout(STREAM)).partitions()) {
                assertThat(refusal(cut, open.id(), old)).isInstanceOf(StrandlineException.Fenced.class);
                assertThat(claim(cut, open.id(), next).refusal()).isNull();
            }
        }
        assertThat(interrupted).as("crashes before a scaling was answered").isGreaterThan(4);
    }

    // ---- crashes

    @Test
    void e3_aGenerationOutlivesACrashAndTheJournalFilesThatSaidSo() {
        PartitionDescription partition = create(world, 1).partitions().get(0);
        long old = begin(partition.id()).grant.claimGeneration();
        Claimant next = begin(partition.id());
        long generation = next.grant.claimGeneration();
        Claimant again = claim(world, partition.id(), generation);
        world.crash();
        assertThat(refusal(world, partition.id(), old)).isInstanceOf(StrandlineException.Fenced.class);
        int frames = 100;
        for (int i = 0; i < frames; i++) {
            assertThat(world.get(again.send(4_000)).refusal(0)).isNull();
        }
        world.crash();
        long recovered = world.ask(partition.shard(), shard -> shard.state().recoveredFrames());
        assertThat(recovered).as("frames after the newest checkpoint").isLessThan(frames);
        assertThat(refusal(world, partition.id(), old)).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(again.refusal()).isNull();
        assertThat(claim(world, partition.id(), generation).refusal()).isNull();
        assertThat(refusal(world, partition.id(), old)).isInstanceOf(StrandlineException.Fenced.class);
    }

    /** A claim that is cut off at any operation of the disk may be repeated, and its owner has the partition then. */
    @Test
    void e3_aClaimMayBeCutOffAnywhereAndRepeated() {
        int interrupted = 0;
        for (int operation = 1; operation <= 12; operation++) {
            SimulatedLog cut = log(operation, Flaw.NONE);
            StreamDescription stream = create(cut, 2);
            long id = stream.partitions().get(0).id();
            Claimant old = claim(cut, id, WriterOptions.NEW_GENERATION);
            long generation = claim(cut, stream.partitions().get(1).id(), WriterOptions.NEW_GENERATION)
                    .grant
                    .claimGeneration();
            cut.disk().faults().crashAt(operation);
            boolean completed = cut.runToCrash(cut.engine().claim(STREAM, id, generation));
            interrupted += completed ? 0 : 1;
            cut.crash();
            Claimant next = claim(cut, id, generation);
            assertThat(next.refusal()).isNull();
            assertThat(old.refusal()).isEqualTo(StrandlineException.Fenced.class);
            assertThat(refusal(cut, id, old.grant.claimGeneration())).isInstanceOf(StrandlineException.Fenced.class);
        }
        assertThat(interrupted).as("crashes before a claim was answered").isGreaterThan(2);
    }

    /** What rests on a claim that is queued and then lost would be for good, and nobody would have the partition. */
    @Test
    void e3_nobodyIsFencedByAClaimThatIsNotDurable() {
        PartitionDescription partition = create(world, 1).partitions().get(0);
        WriterGrant old = begin(partition.id()).grant;
        Claim next = Claim.first(old.writer(), old.epoch() + 2);
        Claim again = new Claim(old.writer(), old.epoch() + 1, old.claimGeneration());
        world.disk().faults().failAt(DiskOperation.FORCE, 1);
        List<Future<Void>> answers = world.ask(
                partition.shard(),
                shard -> List.of(
                        shard.claim(partition.id(), next),
                        shard.barrier(partition.id(), old.writer(), old.epoch()),
                        shard.claim(partition.id(), again)));
        for (Future<Void> answer : answers) {
            assertThat(world.failure(answer))
                    .isInstanceOfAny(StrandlineException.Unknown.class, StrandlineException.Unavailable.class);
        }
    }

    // ---- owners against each other

    /** Owners that do not know of each other claim, append, and follow scalings at any moment. */
    private static final class Race {

        private final long seed;
        private final Random random;
        private final SimulatedLog world;
        private final List<Long> generations = new ArrayList<>();
        private final List<Claimant> claimants = new ArrayList<>();

        /** What each open partition must say: the highest generation of it and of those before, and its newest claim. */
        private Map<Long, Long> highest = new HashMap<>();

        private final Map<Long, Claimant> holders = new HashMap<>();

        Race(long seed, Flaw flaw) {
            this.seed = seed;
            this.random = new Random(seed);
            this.world = log(seed, flaw);
            open(create(world, 1 + random.nextInt(3)), partition -> 0);
        }

        private interface Before {
            long highest(PartitionDescription partition);
        }

        private void open(StreamDescription stream, Before before) {
            Map<Long, Long> next = new HashMap<>();
            stream.partitions().forEach(partition -> next.put(partition.id(), before.highest(partition)));
            highest = next;
            holders.keySet().retainAll(next.keySet());
        }

        void run() {
            for (int step = 0; step < 60; step++) {
                int what = random.nextInt(12);
                if (what == 0) {
                    world.crash();
                } else if (what == 1) {
                    scale();
                } else if (what < 6 || claimants.isEmpty()) {
                    claim();
                } else {
                    append();
                }
            }
        }

        private void claim() {
            List<Long> open = List.copyOf(new TreeSet<>(highest.keySet()));
            long partition = open.get(random.nextInt(open.size()));
            boolean begins = generations.isEmpty() || random.nextInt(4) == 0;
            long generation =
                    begins ? WriterOptions.NEW_GENERATION : generations.get(random.nextInt(generations.size()));
            Future<WriterGrant> claiming = world.engine().claim(STREAM, partition, generation);
            long before = Objects.requireNonNull(highest.get(partition));
            if (!begins && generation < before) {
                world.until("an answer", claiming::isComplete);
                assertThat(claiming.cause())
                        .as("seed %s, claim of generation %s where %s was before", seed, generation, before)
                        .isInstanceOf(StrandlineException.Fenced.class);
                return;
            }
            Claimant next = new Claimant(world, world.get(claiming));
            if (begins) {
                assertThat(generations).allMatch(earlier -> earlier < next.grant.claimGeneration());
                generations.add(next.grant.claimGeneration());
            }
            highest.put(partition, next.grant.claimGeneration());
            holders.put(partition, next);
            claimants.add(next);
        }

        private void append() {
            Claimant one = claimants.get(random.nextInt(claimants.size()));
            long partition = one.partition().id();
            if (!highest.containsKey(partition)) {
                assertThat(one.refusal()).as("seed %s", seed).isNotNull();
            } else if (holders.get(partition) == one) {
                assertThat(one.refusal()).as("seed %s, the newest claim", seed).isNull();
            } else {
                assertThat(one.refusal()).as("seed %s", seed).isEqualTo(StrandlineException.Fenced.class);
            }
        }

        private void scale() {
            StreamDescription before = world.get(world.engine().layout(STREAM));
            Map<Long, Long> known = Map.copyOf(highest);
            StreamDescription after = ClaimGenerationTest.scale(world, KeyRange.equalRanges(1 + random.nextInt(3)));
            open(after, partition -> before.partitions().stream()
                    .filter(parent -> parent.keys().overlaps(partition.keys()))
                    .mapToLong(parent -> Objects.requireNonNull(known.get(parent.id())))
                    .max()
                    .orElseThrow());
        }
    }

    @Test
    void e3_anOwnerOfAnEarlierGenerationNeverHasAPartitionOfALaterOne() {
        for (long seed = 0; seed < 200; seed++) {
            new Race(seed, Flaw.NONE).run();
        }
    }

    @Test
    void e3_aLogThatDoesNotOrderClaimsByGenerationIsFound() {
        assertThatThrownBy(() -> {
                    for (long seed = 0; seed < 20; seed++) {
                        new Race(seed, Flaw.DOES_NOT_ORDER_CLAIMS).run();
                    }
                })
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("claim of generation");
    }
}
