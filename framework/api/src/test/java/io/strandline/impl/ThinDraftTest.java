package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.impl.writer.Draft;
import io.strandline.impl.writer.Linger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A load on very many partitions is handed over in batches of several events, and nothing waits that no longer grows. */
class ThinDraftTest extends OnFakePort {

    private static final int PARTITIONS = 1_024;
    private static final int KEYS = 600;
    private static final Buffer EVENT = Buffer.buffer("event");

    ThinDraftTest() {
        super(1, PARTITIONS);
    }

    private final List<Future<Appended>> appends = new ArrayList<>();

    private void appendToAll(EventWriter<Buffer> writer) {
        for (int key = 0; key < KEYS; key++) {
            appends.add(writer.append("key-" + key, EVENT));
        }
    }

    /** Takes a step in each of so many turns of the event loop that follow each other. */
    private Future<Void> turns(int count, Runnable step) {
        Promise<Void> done = Promise.promise();
        turn(count, step, done);
        return done.future();
    }

    private void turn(int left, Runnable step, Promise<Void> done) {
        if (left == 0) {
            done.complete();
            return;
        }
        step.run();
        on.context.runOnContext(next -> turn(left - 1, step, done));
    }

    private int batches() {
        return port.arrived.stream().mapToInt(parcel -> parcel.batches().size()).sum();
    }

    private Future<Void> allAppended() {
        return Future.all(appends).mapEmpty();
    }

    @Test
    void events_of_turns_that_follow_each_other_join_the_batches_of_a_draft() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> turns(10, () -> appendToAll(writer)).compose(done -> allAppended()));
        assertThat(appends).hasSize(10 * KEYS);
        assertThat(batches()).isLessThan(3 * KEYS);
        // Of one key they have one order.
        for (int key = 0; key < KEYS; key++) {
            long before = -1;
            for (int i = key; i < appends.size(); i += KEYS) {
                assertThat(appends.get(i).result().offset()).isGreaterThan(before);
                before = appends.get(i).result().offset();
            }
        }
    }

    @Test
    void what_no_longer_grows_is_handed_over() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> {
            appendToAll(writer);
            return allAppended();
        });
        assertThat(batches()).isLessThanOrEqualTo(KEYS);
    }

    /** Appends while the first parcel has no answer, and gives that answer. */
    private EventWriter<Buffer> appendBeforeAnswer(int keys) {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        on.run(() -> {
            for (int key = 0; key < keys; key++) {
                writer.append("key-" + key, EVENT);
            }
            return true;
        });
        assertThat(port.arrived.size()).isEqualTo(1);
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        return writer;
    }

    @Test
    void a_draft_that_always_grows_is_handed_over_after_so_many_turns() {
        EventWriter<Buffer> writer = appendBeforeAnswer(KEYS);
        get(() -> turns(2 * Linger.MAX_TURNS, () -> writer.append("key-1", EVENT)));
        assertThat(port.arrived.size()).isGreaterThan(1);
    }

    @Test
    void a_draft_of_few_batches_goes_with_the_answer() {
        appendBeforeAnswer(Draft.MANY_BATCHES / 2);
        assertThat(on.run(() -> port.arrived.size())).isEqualTo(2);
    }
}
