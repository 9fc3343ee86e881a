package io.strandline.log.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Retention;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LogRulesTest {

    private static final long END = 100;

    private final LogRules rules = LogRules.STANDARD;

    @Test
    void d1_aBatchIsARepeatUpToTheStoredSequence() {
        assertThat(rules.isRepeat(2, 6, 2, 5)).isFalse();
        assertThat(rules.isRepeat(2, 5, 2, 5)).isTrue();
        assertThat(rules.isRepeat(1, 9, 2, 5)).isTrue();
    }

    @Test
    void d1_aBatchFollowsTheStoredSequenceOnly() {
        assertThat(rules.follows(2, 5, 2, 5)).isTrue();
        assertThat(rules.follows(2, 4, 2, 5)).isFalse();
        assertThat(rules.follows(1, 5, 2, 5)).isFalse();
    }

    @Test
    void d5_aWriterThatWasNeverAdmittedHasNoEpoch() {
        assertThat(rules.isNewestEpoch(1, 0)).isFalse();
        assertThat(rules.isNewestEpoch(3, 4)).isFalse();
        assertThat(rules.isNewestEpoch(4, 4)).isTrue();
    }

    @Test
    void e3_nobodyAppendsBeforeTheFirstClaim() {
        assertThat(rules.isClaimant(7, 0, 7, 0)).isFalse();
        assertThat(rules.isClaimant(7, 2, 7, 2)).isTrue();
        assertThat(rules.isClaimant(7, 1, 7, 2)).isFalse();
        assertThat(rules.isClaimant(8, 2, 7, 2)).isFalse();
    }

    @Test
    void r2_aFrameWasForcedIfOneAtOrAfterItIsKnownToBe() {
        assertThat(rules.wasForced(5, 4)).isFalse();
        assertThat(rules.wasForced(5, 5)).isTrue();
    }

    @Test
    void consumedIsWhatTheSlowestSubscriberHasConsumed() {
        assertThat(rules.consumedUpTo(LongStream.of(9, 3, 5))).isEqualTo(3);
        assertThat(rules.consumedUpTo(LongStream.empty())).isZero();
    }

    @Test
    void retentionCutsAtWhatIsDueWhateverIsConsumed() {
        assertThat(rules.retentionCut(Retention.maxAge(1_000), 0, 30, 10, END)).isEqualTo(30);
    }

    @Test
    void retentionByConsumptionAloneCutsAtWhatIsConsumed() {
        assertThat(rules.retentionCut(Retention.untilConsumed(0), 0, 0, 10, END))
                .isEqualTo(10);
    }

    @Test
    void whatIsDueWaitsUntilItIsConsumed() {
        Retention kept = new Retention(1_000, 0, true, 0);
        assertThat(rules.retentionCut(kept, 0, 30, 10, END)).isEqualTo(10);
        assertThat(rules.retentionCut(kept, 0, 30, 50, END)).isEqualTo(30);
        assertThat(rules.retentionCut(new Retention(0, 1_000, true, 0), 0, 30, 50, END))
                .isEqualTo(30);
    }

    @Test
    void theHardBoundWaitsForNobody() {
        assertThat(rules.retentionCut(Retention.untilConsumed(5_000), 40, 0, 10, END))
                .isEqualTo(40);
        assertThat(rules.retentionCut(Retention.untilConsumed(5_000), 40, 0, 60, END))
                .isEqualTo(60);
    }

    @Test
    void retentionDoesNotCutAfterTheEnd() {
        assertThat(rules.retentionCut(Retention.maxAge(1_000), 0, END + 1, 0, END))
                .isEqualTo(END);
    }
}
