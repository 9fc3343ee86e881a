package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
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
}
