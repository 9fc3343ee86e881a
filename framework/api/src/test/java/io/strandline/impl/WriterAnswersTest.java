package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.spi.Backoff;
import io.strandline.spi.RetryTime;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a writer concludes from the answers that it gets, and in which order it answers. */
class WriterAnswersTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");
    private static final int PARCEL_BYTES = 4 << 10;
    /** Fills a parcel, so that it does not wait for the answer to the one before. */
    private static final Buffer LARGE = Buffer.buffer(new byte[PARCEL_BYTES]);

    private static final int LATE_TURNS = 50;

    WriterAnswersTest() {
        super(1, 1);
    }

    /** Two batches of a key. The log has both, and answers the second alone. */
    private List<Future<Appended>> appendWithFirstAnswerLost(EventWriter<Buffer> writer) {
        port.lateness = parcel -> parcel.length() < PARCEL_BYTES ? LATE_TURNS : 0;
        port.fate = parcel -> parcel.length() < PARCEL_BYTES ? Fate.UNKNOWN_TAKEN : Fate.TAKEN;
        List<Future<Appended>> appended = new ArrayList<>();
        get(() -> {
            appended.add(writer.append("key", EVENT));
            appended.add(writer.append("key", LARGE));
            return Future.join(appended).otherwiseEmpty();
        });
        return appended;
    }

    @Test
    void d3_aBatchIsInTheLogIfALaterOneWasTakenAfterIt() {
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setParcelBytes(PARCEL_BYTES).setRetryTimeoutMillis(0));
        List<Future<Appended>> appended = appendWithFirstAnswerLost(writer);
        assertThat(appended.get(0).result()).isEqualTo(new Appended(100, 1, true));
        assertThat(appended.get(1).result()).isEqualTo(new Appended(100, 1, false));
    }

    @Test
    void anAnswerFromBeforeTheForceProvesNothingAboutAnEarlierBatch() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions()
                .setParcelBytes(PARCEL_BYTES)
                .setRetryTimeoutMillis(0)
                .setDurability(Durability.OS));
        List<Future<Appended>> appended = appendWithFirstAnswerLost(writer);
        assertThat(appended.get(0).cause()).isInstanceOf(StrandlineException.Unknown.class);
        assertThat(appended.get(1).result()).isEqualTo(new Appended(100, 1, false));
    }

    @Test
    void aFlushEndsAfterTheAppendsThatFailWithTheWriter() {
        port.fake.exclusive = true;
        EventWriter<Buffer> claimant =
                on.writer(new WriterOptions().setClaim(100L).setRetryTimeoutMillis(0));
        port.fate = parcel -> Fate.UNKNOWN_NOT_TAKEN;
        List<String> answers = new ArrayList<>();
        get(() -> {
            claimant.append("key", EVENT).onComplete((place, failure) -> {
                assertThat(failure).isInstanceOf(StrandlineException.Unknown.class);
                answers.add("append");
            });
            return claimant.flush().onComplete(flushed -> answers.add("flush"));
        });
        assertThat(answers).containsExactly("append", "flush");
    }

    /** What the log refuses after it because of it would otherwise be overtaken, and be taken for a duplicate. */
    @Test
    void d3_nothingNewGoesBeforeWhatWasOnItsWayAfterARefusedBatch() {
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setParcelBytes(PARCEL_BYTES).setParcelsInFlight(3));
        AtomicInteger parcels = new AtomicInteger();
        port.lateness = parcel -> parcel.length() < PARCEL_BYTES ? 0 : LATE_TURNS;
        port.fate = parcel -> parcels.getAndIncrement() == 0 ? Fate.FIRST_BATCH_INVALID : Fate.TAKEN;
        List<Future<Appended>> appends = new ArrayList<>();
        get(() -> {
            appends.add(writer.append("key", EVENT));
            appends.add(writer.append("key", LARGE));
            appends.add(writer.append("key", EVENT)); // goes with the first answer
            return Future.join(appends).otherwiseEmpty();
        });
        assertThat(appends.get(0).cause()).isInstanceOf(StrandlineException.Invalid.class);
        assertThat(appends.get(1).result()).isEqualTo(new Appended(100, 0, false));
        assertThat(appends.get(2).result()).isEqualTo(new Appended(100, 1, false));
    }

    /** The last failure says that nothing was taken. Of the first attempt it says nothing. */
    @Test
    void whatAnEarlierAttemptMayHaveLeftIsUnknownWhateverTheLastOneFailedWith() {
        AtomicLong nanos = new AtomicLong();
        AtomicInteger attempts = new AtomicInteger();
        port.retryTime = new RetryTime(nanos::get, () -> Backoff.exact(1, 1));
        port.fate = parcel -> {
            if (attempts.getAndIncrement() == 0) {
                return Fate.UNKNOWN_TAKEN;
            }
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
            return Fate.UNAVAILABLE;
        };
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setRetryTimeoutMillis(1_000));
        assertThat(failure(() -> writer.append("key", EVENT)))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasMessageContaining("an earlier attempt may have been taken")
                .hasMessageContaining("shard recovers");
        assertThat(attempts).hasValue(2);
        assertThat(OnContext.get(port.texts(0))).hasSize(1);
    }

    @Test
    void whatIsRefusedAfterAnAttemptWithoutAnswerIsUnknown() {
        AtomicInteger attempts = new AtomicInteger();
        port.fate = parcel -> attempts.getAndIncrement() == 0 ? Fate.UNKNOWN_TAKEN : Fate.FIRST_BATCH_INVALID;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        assertThat(failure(() -> writer.append("key", EVENT)))
                .isInstanceOf(StrandlineException.Unknown.class)
                .hasCauseInstanceOf(StrandlineException.Invalid.class);
        assertThat(OnContext.get(port.texts(0))).hasSize(1);
    }

    /** What fails the writer comes from another shard. */
    @Test
    void whatMayHaveBeenTakenIsUnknownWhenTheWriterEnds() {
        port = new FakePort(vertx, 2, 2);
        port.retryTime = new RetryTime(System::nanoTime, () -> Backoff.exact(60_000, 60_000));
        on = new OnContext(vertx, port);
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        port.fate = parcel -> parcel.shard() == 0 ? Fate.UNKNOWN_TAKEN : Fate.UNAUTHORIZED;
        List<Future<Appended>> appends = on.run(() -> IntStream.range(0, 20)
                .mapToObj(i -> writer.append("key-" + i, EVENT))
                .toList());
        for (Future<Appended> append : appends) {
            OnContext.failure(append);
        }
        assertThat(appends)
                .filteredOn(append -> append.cause() instanceof StrandlineException.Unknown)
                .hasSize(OnContext.get(port.texts(0)).size())
                .isNotEmpty();
        assertThat(appends)
                .filteredOn(append -> append.cause() instanceof StrandlineException.Unauthorized)
                .isNotEmpty();
    }
}
