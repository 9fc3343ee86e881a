package io.strandline.log.impl.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.log.LogOptions;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.LogRules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which of two claims of a partition counts, where claims are numbered and where they are applied (E3). */
class ClaimOrderTest {

    private static final long PARTITION = 1;
    private static final long WRITER = 7;

    private static final Clock CLOCK = new Clock() {
        @Override
        public long wallMillis() {
            return 0;
        }

        @Override
        public long monotonicNanos() {
            return 0;
        }
    };

    private final ShardState state = new ShardState(0, unreferenced -> {});
    private Numbering numbering = open(Claim.NOBODY, LogRules.STANDARD);

    /** A shard with one partition that has a claim. */
    private Numbering open(Claim claim, LogRules rules) {
        state.drop(PARTITION);
        state.claim(PARTITION, claim);
        state.open(PARTITION, KeyRange.ALL);
        return new Numbering(state, CLOCK, new LogOptions(), rules, new KeyConditions(isToGoOn -> {}));
    }

    private static Claim claim(int epoch, long generation) {
        return new Claim(WRITER, epoch, generation);
    }

    /** Takes a claim as a shard does while its frame is queued, if it is not refused. */
    private boolean takes(Claim claim) {
        if (numbering.refusedClaim(PARTITION, claim) != null) {
            return false;
        }
        numbering.claim(PARTITION, claim);
        return true;
    }

    private boolean mayAppend(Claim claim) {
        return numbering.lostClaim(PARTITION, claim.writer(), claim.epoch()) == null;
    }

    @Test
    void e3_aQueuedClaimRefusesThoseOfEarlierGenerations() {
        assertThat(takes(claim(5, 5))).isTrue();
        assertThat(numbering.refusedClaim(PARTITION, claim(6, 4)))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("partition 1 may not be claimed by generation 4")
                .hasMessageContaining("generation 5 has claimed it with epoch 5");
        assertThat(mayAppend(claim(5, 5))).isTrue();
        assertThat(state.claims().get(PARTITION)).as("the applied claim").isEqualTo(Claim.NOBODY);
    }

    @Test
    void e3_aRepeatedClaimOfOneGenerationFencesTheOneBefore() {
        assertThat(takes(claim(5, 5))).isTrue();
        assertThat(takes(claim(6, 5))).isTrue();
        assertThat(mayAppend(claim(5, 5))).isFalse();
        assertThat(mayAppend(claim(6, 5))).isTrue();
        assertThat(takes(claim(5, 5))).as("a claim that comes late").isFalse();
    }

    @Test
    void e3_aLaterGenerationTakesOver() {
        assertThat(takes(claim(9, 5))).isTrue();
        assertThat(takes(claim(10, 6))).isTrue();
        assertThat(mayAppend(claim(9, 5))).isFalse();
        assertThat(mayAppend(claim(10, 6))).isTrue();
    }

    @Test
    void e3_aSuccessorTakesNoClaimOfAGenerationThatWasTakenOver() {
        numbering = open(Claim.unclaimed(5), LogRules.STANDARD);
        assertThat(numbering.refusedClaim(PARTITION, claim(6, 4)))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("generation 5 has claimed a partition that it succeeds");
        assertThat(mayAppend(claim(0, 5))).as("before it is claimed").isFalse();
        assertThat(takes(claim(6, 5))).isTrue();
    }

    @Test
    void e3_aPartitionThatIsGoneCannotBeClaimed() {
        numbering.drop(PARTITION);
        assertThat(numbering.refusedClaim(PARTITION, claim(1, 1))).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void e3_withoutTheRuleAnEarlierGenerationWouldBeGranted() {
        numbering = open(claim(5, 5), new LogRules() {
            @Override
            public boolean isOvertaken(long generation, int epoch, long newestGeneration, int newestEpoch) {
                return false;
            }
        });
        assertThat(takes(claim(6, 4))).isTrue();
        assertThat(mayAppend(claim(5, 5)))
                .as("the later generation keeps the partition")
                .isTrue();
    }

    /** Whatever the order in which claims are queued and replayed, the newest of the highest generation holds. */
    @Test
    void e3_theOrderOfClaimsDoesNotMatter() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<Claim> claims = new ArrayList<>();
            for (int epoch = 1; epoch <= 6; epoch++) {
                claims.add(claim(epoch, 1 + random.nextInt(epoch)));
            }
            Claim newest = Collections.max(
                    claims,
                    (one, other) -> one.generation() == other.generation()
                            ? Integer.compare(one.epoch(), other.epoch())
                            : Long.compare(one.generation(), other.generation()));
            Collections.shuffle(claims, random);
            numbering = open(Claim.NOBODY, LogRules.STANDARD);
            claims.forEach(this::takes);
            claims.forEach(one -> state.claim(PARTITION, one));
            assertThat(Objects.requireNonNull(state.numbered(PARTITION)).numberedClaim)
                    .as("seed %d, numbered", seed)
                    .isEqualTo(newest);
            assertThat(state.claims().get(PARTITION))
                    .as("seed %d, applied", seed)
                    .isEqualTo(newest);
        }
    }
}
