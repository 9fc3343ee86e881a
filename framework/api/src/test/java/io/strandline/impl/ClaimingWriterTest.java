package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.internal.KeyHash;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A writer that claims a partition of an exclusive stream (E3). */
class ClaimingWriterTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");
    private static final List<KeyRange> HALVES = KeyRange.equalRanges(2);
    private static final String LOWER = keyIn(HALVES.get(0));
    private static final String UPPER = keyIn(HALVES.get(1));

    ClaimingWriterTest() {
        super(2, 2);
    }

    @BeforeEach
    void makeExclusive() {
        port.fake.exclusive = true;
    }

    private static String keyIn(KeyRange range) {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> "key-" + i)
                .filter(key -> {
                    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
                    return range.contains(KeyHash.of(bytes, 0, bytes.length));
                })
                .findFirst()
                .orElseThrow();
    }

    private EventWriter<Buffer> claim(long partition) {
        return on.writer(new WriterOptions().setClaim(partition));
    }

    private Promise<Throwable> failureOf(EventWriter<Buffer> writer) {
        Promise<Throwable> failed = Promise.promise();
        on.run(() -> writer.exceptionHandler(failed::complete));
        return failed;
    }

    @Test
    void e3_aClaimantIsToldAtOnceThatAnotherOneTookOver() {
        EventWriter<Buffer> other = claim(100);
        Promise<Throwable> undisturbed = failureOf(other);
        Promise<Throwable> failed = failureOf(claim(101));
        EventWriter<Buffer> newest = claim(101);
        assertThat(OnContext.get(failed.future()))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("another writer has claimed the partition");
        assertThat(get(() -> newest.append(UPPER, EVENT)).partition()).isEqualTo(101);
        assertThat(undisturbed.future().isComplete()).isFalse();
    }

    @Test
    void aNamedWriterIsToldAtOnceThatAnotherOneOfItsIdWasOpened() {
        port.fake.exclusive = false;
        Promise<Throwable> failed = failureOf(on.writer(new WriterOptions().setId("w")));
        Promise<Throwable> undisturbed = failureOf(on.writer(new WriterOptions().setId("v")));
        on.writer(new WriterOptions().setId("w"));
        assertThat(OnContext.get(failed.future()))
                .isInstanceOf(StrandlineException.Fenced.class)
                .hasMessageContaining("writer w of scope/stream")
                .hasMessageContaining("opened later");
        assertThat(undisturbed.future().isComplete()).isFalse();
    }

    @Test
    void e3_itWritesToItsPartition() {
        EventWriter<Buffer> writer = claim(101);
        assertThat(get(() -> writer.append(UPPER, EVENT)).partition()).isEqualTo(101);
        assertThat(get(() -> writer.appendIf(UPPER, List.of(EVENT, EVENT), 1)).offset())
                .isEqualTo(1);
        assertThat(get(() -> writer.appendBatch(UPPER, List.of(EVENT))).offset())
                .isEqualTo(3);
        assertThat(port.parts().get(0).end).isZero();
    }

    @Test
    void e3_otherKeysAreRefusedAndDisturbNothing() {
        EventWriter<Buffer> writer = claim(101);
        for (Callable<Future<?>> stranger : List.<Callable<Future<?>>>of(
                () -> writer.append(LOWER, EVENT),
                () -> writer.appendBatch(LOWER, List.of(EVENT)),
                () -> writer.appendIf(LOWER, List.of(EVENT), 0))) {
            assertThat(failure(stranger))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(LOWER)
                    .hasMessageContaining("101");
        }
        assertThat(failure(() -> writer.append(null, EVENT)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("without a key");
        assertThat(get(() -> writer.append(UPPER, EVENT)).offset()).isZero();
    }

    @Test
    void e3_theNextClaimFencesIt() {
        EventWriter<Buffer> old = claim(100);
        get(() -> old.append(LOWER, EVENT));
        EventWriter<Buffer> next = claim(100);
        assertThat(failure(() -> old.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(failure(() -> old.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(get(() -> next.append(LOWER, EVENT)).offset()).isEqualTo(1);
    }

    private EventWriter<Buffer> claim(long partition, long generation) {
        return on.writer(new WriterOptions().setClaim(partition).setClaimGeneration(generation));
    }

    private Throwable refusedClaim(long partition, long generation) {
        return failure(() -> on.log.createWriter(
                "scope/stream",
                EventCodec.raw(),
                new WriterOptions().setClaim(partition).setClaimGeneration(generation)));
    }

    @Test
    void e3_anOwnerClaimsInItsGenerationAndTakesNothingBack() {
        EventWriter<Buffer> old = claim(100);
        EventWriter<Buffer> next = claim(100);
        assertThat(next.claimGeneration()).isGreaterThan(old.claimGeneration());
        assertThat(refusedClaim(100, old.claimGeneration())).isInstanceOf(StrandlineException.Fenced.class);
        EventWriter<Buffer> elsewhere = claim(101, old.claimGeneration());
        assertThat(elsewhere.claimGeneration()).isEqualTo(old.claimGeneration());
        EventWriter<Buffer> again = claim(100, next.claimGeneration());
        assertThat(failure(() -> next.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(get(() -> again.append(LOWER, EVENT)).offset()).isZero();
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        assertThat(refusedClaim(102, old.claimGeneration())).isInstanceOf(StrandlineException.Fenced.class);
        EventWriter<Buffer> successor = claim(102, next.claimGeneration());
        assertThat(get(() -> successor.append(UPPER, EVENT)).partition()).isEqualTo(102);
    }

    @Test
    void aWriterWithoutAClaimHasNoGeneration() {
        port.fake.exclusive = false;
        assertThat(on.writer(new WriterOptions()).claimGeneration()).isZero();
    }

    @Test
    void e3_itEndsWithItsPartition() {
        EventWriter<Buffer> writer = claim(100);
        get(() -> writer.append(LOWER, EVENT));
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        assertThat(failure(() -> writer.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(failure(() -> writer.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(port.refreshes).hasValue(0);
        EventWriter<Buffer> successor = claim(102);
        assertThat(get(() -> successor.append(UPPER, EVENT)).partition()).isEqualTo(102);
        assertThat(get(() -> successor.append(LOWER, EVENT)).partition()).isEqualTo(102);
    }

    private EventWriter<Buffer> claimMerged(WriterOptions options) {
        EventWriter<Buffer> lower = claim(100);
        EventWriter<Buffer> upper = claim(101);
        get(() -> lower.append(LOWER, EVENT));
        get(() -> upper.append(UPPER, EVENT));
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        return on.writer(options.setClaim(102L));
    }

    /** What a claimant appends may rest on all that it appended before, whatever partition the key was in. */
    @Test
    void e3_aMergedPartitionHasTheOrderOfTheAppendsForAllItsKeys() {
        EventWriter<Buffer> writer = claimMerged(new WriterOptions());
        List<Future<Appended>> appends = new ArrayList<>();
        port.fate = parcel -> Fate.HELD;
        on.run(() -> {
            for (int i = 0; i < 12; i++) {
                appends.add(writer.append(i % 3 == 1 ? UPPER : LOWER, Buffer.buffer("event-" + i)));
            }
            return appends.add(writer.appendBatch(UPPER, List.of(Buffer.buffer("event-12"))));
        });
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        for (int i = 0; i < appends.size(); i++) {
            assertThat(OnContext.get(appends.get(i)).offset())
                    .as("append %s", i)
                    .isEqualTo(i);
        }
        assertThat(OnContext.get(port.texts(2))).containsExactly(events(13));
    }

    private static String[] events(int count) {
        return Stream.iterate(0, i -> i + 1).limit(count).map(i -> "event-" + i).toArray(String[]::new);
    }

    @Test
    void e3_nothingIsTakenBeforeAnEarlierAppendOfAnotherFormerPartition() {
        EventWriter<Buffer> writer = claimMerged(new WriterOptions().setParcelBytes(4 << 10));
        AtomicInteger parcels = new AtomicInteger();
        port.fate = parcel -> parcels.getAndIncrement() == 0 ? Fate.UNKNOWN_NOT_TAKEN : Fate.TAKEN;
        List<Integer> order = new ArrayList<>();
        List<Future<Appended>> appends = new ArrayList<>();
        on.run(() -> {
            for (int i = 0; i < 4; i++) {
                int number = i;
                appends.add(writer.append(i % 2 == 0 ? LOWER : UPPER, Buffer.buffer(new byte[5 << 10]))
                        .onSuccess(place -> order.add(number)));
            }
            return null;
        });
        for (int i = 0; i < appends.size(); i++) {
            assertThat(OnContext.get(appends.get(i)).offset())
                    .as("append %s", i)
                    .isEqualTo(i);
        }
        assertThat(order).containsExactly(0, 1, 2, 3);
    }

    @Test
    void e3_itEndsWhenAnAppendIsNotConfirmed() {
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setClaim(100L).setRetryTimeoutMillis(0));
        port.fate = parcel -> Fate.UNKNOWN_TAKEN;
        assertThat(failure(() -> writer.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Unknown.class);
        port.fate = parcel -> Fate.TAKEN;
        assertThat(failure(() -> writer.append(LOWER, EVENT)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("claim it again");
        EventWriter<Buffer> again = claim(100);
        assertThat(get(() -> again.append(LOWER, EVENT)).offset()).isEqualTo(1);
    }

    /** A sealed partition is asked for a repeat before it refuses. */
    @Test
    void e3_anAppendThatIsRefusedAsSealedAfterAnAttemptWithoutAnswerWasNotTaken() {
        EventWriter<Buffer> writer = claim(100);
        AtomicInteger attempts = new AtomicInteger();
        port.fate = parcel -> {
            if (attempts.getAndIncrement() > 0) {
                return Fate.TAKEN;
            }
            port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL));
            return Fate.UNKNOWN_NOT_TAKEN;
        };
        assertThat(failure(() -> writer.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(attempts).hasValue(2);
    }

    @Test
    void e3_nothingIsSentThatRestsOnARefusedAppend() {
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setClaim(100L).setParcelBytes(4 << 10));
        Buffer large = Buffer.buffer(new byte[5 << 10]);
        AtomicInteger parcels = new AtomicInteger();
        port.fate = parcel -> parcels.getAndIncrement() == 0 ? Fate.FIRST_BATCH_INVALID : Fate.TAKEN;
        List<Future<Appended>> appends = new ArrayList<>();
        on.run(() -> {
            appends.add(writer.append(LOWER, large));
            appends.add(writer.append(LOWER, large));
            return appends.add(writer.append(LOWER, large));
        });
        assertThat(OnContext.failure(appends.get(0))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(OnContext.failure(appends.get(1))).isInstanceOf(StrandlineException.class);
        assertThat(OnContext.failure(appends.get(2))).isInstanceOf(StrandlineException.class);
        assertThat(failure(() -> writer.append(LOWER, EVENT))).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(port.parts().get(0).end).isZero();
    }

    @Test
    void aBarrierProvesTheClaim() {
        EventWriter<Buffer> writer = claim(100);
        get(writer::barrier);
        port.barrierFailures.add(new StrandlineException.Unavailable("recovers"));
        port.barrierFailures.add(new StrandlineException.Unknown("failed"));
        get(writer::barrier);
        EventWriter<Buffer> other = claim(101);
        get(writer::barrier);
        EventWriter<Buffer> next = claim(100);
        assertThat(failure(writer::barrier)).isInstanceOf(StrandlineException.Fenced.class);
        get(next::barrier);
        OnContext.get(port.scale(Set.of(100L, 101L), List.of(KeyRange.ALL)));
        assertThat(failure(other::barrier)).isInstanceOf(StrandlineException.Sealed.class);
        assertThat(failure(() -> other.append(UPPER, EVENT))).isInstanceOf(StrandlineException.Sealed.class);
    }

    @Test
    void aBarrierThatTheLogNeverAnswersFailsWithinTheTimeout() {
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setClaim(100L).setRetryTimeoutMillis(0));
        port.barrierFailures.add(new StrandlineException.Unknown("failed"));
        assertThat(failure(writer::barrier))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("partition 100");
        get(writer::barrier);
        port.fake.exclusive = false;
        EventWriter<Buffer> shared = on.writer(new WriterOptions());
        assertThat(failure(shared::barrier)).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void aBarrierWithoutAnyAnswerFailsWithinTheTimeout() {
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setClaim(100L).setRetryTimeoutMillis(1_001));
        port.barriersAreSilent = true;
        assertThat(failure(writer::barrier))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("1001 ms")
                .hasMessageContaining("partition 100");
        assertThat(get(() -> writer.append(LOWER, EVENT)).offset()).isZero();
    }

    @Test
    void badOptionsAreRefused() {
        assertThatThrownBy(() -> new WriterOptions().setClaim(100L).setId("w").validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("writer id w beside the claim of partition 100");
        assertThatThrownBy(() -> new WriterOptions().setClaim(0L).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("partition 0");
        assertThatThrownBy(() -> new WriterOptions()
                        .setClaim(100L)
                        .setClaimGeneration(-3)
                        .validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("claimGeneration is -3");
        assertThatThrownBy(() -> new WriterOptions().setClaimGeneration(3).validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("claimGeneration is 3 without a claim");
        WriterOptions copy = new WriterOptions(
                new WriterOptions().setClaim(7L).setClaimGeneration(3).toJson());
        assertThat(copy.getClaim()).isEqualTo(7);
        assertThat(copy.getClaimGeneration()).isEqualTo(3);
    }
}
