package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How writers end, give up and go on, and what holds their callers back. */
class WriterLifeTest extends OnFakePort {

    private static final Buffer EVENT = Buffer.buffer("event");

    WriterLifeTest() {
        super(1, 1);
    }

    // ---- end of the road ----

    @Test
    void d5_a_newer_writer_of_the_id_fences_this_one() {
        EventWriter<Buffer> old = on.writer(new WriterOptions().setId("w"));
        Promise<Throwable> told = Promise.promise();
        on.run(() -> old.exceptionHandler(told::complete));
        get(() -> old.append("key", EVENT));
        EventWriter<Buffer> current = on.writer(new WriterOptions().setId("w"));
        assertThat(failure(() -> old.append("key", EVENT))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(OnContext.get(told.future())).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(failure(() -> old.append("key", EVENT))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(get(() -> current.append("key", EVENT)).offset()).isEqualTo(1);
        get(old::end);
    }

    @Test
    void a_writer_that_has_lost_its_right_asks_no_more() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> writer.append("key", EVENT));
        port.fate = parcel -> Fate.UNAUTHORIZED;
        Promise<Throwable> told = Promise.promise();
        on.run(() -> writer.exceptionHandler(told::complete));
        List<Future<Appended>> futures =
                on.run(() -> List.of(writer.append("key", EVENT), writer.append("key", EVENT)));
        for (Future<Appended> future : futures) {
            assertThat(OnContext.failure(future)).isInstanceOf(StrandlineException.Unauthorized.class);
        }
        assertThat(OnContext.get(told.future())).isInstanceOf(StrandlineException.Unauthorized.class);
        port.fate = parcel -> Fate.TAKEN;
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.Unauthorized.class);
        assertThat(port.arrived).hasSize(2);
    }

    @Test
    void d5_a_writer_that_gave_up_is_fenced_if_another_took_over() {
        WriterOptions options = new WriterOptions().setId("w").setRetryTimeoutMillis(0);
        EventWriter<Buffer> old = on.writer(options);
        port.fate = parcel -> Fate.UNAVAILABLE;
        OnContext.get(port.admitWriter(FakePort.STREAM, "w"));
        assertThat(failure(() -> old.append("key", EVENT))).isInstanceOf(StrandlineException.Unavailable.class);
        port.fate = parcel -> Fate.TAKEN;
        assertThat(failure(() -> old.append("key", EVENT))).isInstanceOf(StrandlineException.Fenced.class);
    }

    @Test
    void d3_a_writer_that_gave_up_goes_on_once_it_is_admitted() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setRetryTimeoutMillis(0));
        get(() -> writer.append("key", EVENT));
        port.fate = parcel -> Fate.UNKNOWN_TAKEN;
        port.admissionFailure = new StrandlineException.Unavailable("shard 0 recovers");
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.Unknown.class);
        port.fate = parcel -> Fate.TAKEN;
        assertThat(failure(() -> writer.append("key", EVENT)))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("admitted");
        port.admissionFailure = null;
        assertThat(get(() -> writer.append("key", EVENT)).offset()).isEqualTo(2);
    }

    @Test
    void d3_own_numbers_are_compared_anew_after_giving_up() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w").setRetryTimeoutMillis(0));
        get(() -> writer.append("key", EVENT, Sequence.of(1)));
        port.fate = parcel -> Fate.UNKNOWN_TAKEN;
        assertThat(failure(() -> writer.append("key", EVENT, Sequence.of(2))))
                .isInstanceOf(StrandlineException.Unknown.class);
        port.fate = parcel -> Fate.TAKEN;
        Appended again = get(() -> repeatUntilAdmitted(writer));
        assertThat(again).isEqualTo(new Appended(100, 1, true));
        assertThat(get(() -> writer.append("key", EVENT, Sequence.of(3))).offset())
                .isEqualTo(2);
    }

    /** The log never had it, so its number is free. */
    @Test
    void d3_a_number_that_was_given_up_may_be_given_again() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w").setRetryTimeoutMillis(0));
        get(() -> writer.append("key", EVENT, Sequence.of(1)));
        port.fate = parcel -> Fate.UNAVAILABLE;
        assertThat(failure(() -> writer.append("key", EVENT, Sequence.of(2))))
                .isInstanceOf(StrandlineException.Unavailable.class);
        port.fate = parcel -> Fate.TAKEN;
        assertThat(get(() -> repeatUntilAdmitted(writer))).isEqualTo(new Appended(100, 1, false));
    }

    private Future<Appended> repeatUntilAdmitted(EventWriter<Buffer> writer) {
        return writer.append("key", EVENT, Sequence.of(2)).recover(cause -> {
            if (!StrandlineException.isTransient(cause)) {
                return Future.failedFuture(cause);
            }
            Promise<Void> turn = Promise.promise();
            on.context.runOnContext(ignored -> turn.complete());
            return turn.future().compose(ignored -> repeatUntilAdmitted(writer));
        });
    }

    @Test
    void a_deleted_stream_ends_its_writers() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        port.deleted = true;
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.NotFound.class);
        assertThatThrownBy(() -> on.writer(new WriterOptions())).isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void a_closed_log_fails_what_was_not_handed_over_and_answers_the_rest() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        List<Future<Appended>> futures =
                on.run(() -> List.of(writer.append("key", EVENT), writer.append("key", EVENT)));
        OnContext.get(on.log.close());
        assertThat(OnContext.get(futures.get(0)).offset()).isZero();
        assertThat(OnContext.failure(futures.get(1))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(() -> writer.append("key", EVENT))).isInstanceOf(StrandlineException.Unavailable.class);
        OnContext.get(on.log.close());
    }

    @Test
    void an_ended_writer_refuses() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        Future<Appended> last = on.run(() -> writer.append("key", EVENT));
        get(writer::end);
        assertThat(last.succeeded()).isTrue();
        assertThat(failure(() -> writer.write(NewEvent.of("key", EVENT))))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    // ---- back-pressure ----

    @Test
    void a_loop_that_fills_the_writer_with_the_smallest_events_does_not_hold_its_event_loop() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        int events = on.run(() -> {
            int count = 0;
            while (!writer.writeQueueFull()) {
                writer.append("k", Buffer.buffer(new byte[1]));
                count++;
            }
            return count;
        });
        // A quarter of a microsecond each, and as many again for a codec.
        assertThat(events).isBetween(10_000, 100_000);
    }

    @Test
    void what_is_acknowledged_counts_no_longer_however_it_was_appended() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setWriteQueueBytes(20_000));
        int first = fill(writer);
        for (int round = 0; round < 50; round++) {
            assertThat(fill(writer)).isEqualTo(first);
        }
    }

    /** Appends one by one and in batches until the writer is full, and waits for all. Returns how often it appended. */
    private int fill(EventWriter<Buffer> writer) {
        return get(() -> {
            List<Future<?>> all = new ArrayList<>();
            while (!writer.writeQueueFull()) {
                all.add(
                        all.size() % 3 == 0
                                ? writer.appendBatch("key", List.of(EVENT, EVENT, EVENT))
                                : writer.append("key", EVENT));
            }
            return Future.all(all).map(all.size());
        });
    }

    @Test
    void a_full_writer_says_so_drains_and_has_a_limit() {
        port.fate = parcel -> Fate.HELD;
        EventWriter<Buffer> writer =
                on.writer(new WriterOptions().setWriteQueueBytes(10_000).setMaxUnacknowledgedBytes(20_000));
        Promise<Boolean> drained = Promise.promise();
        List<Future<Appended>> futures = on.run(() -> {
            writer.drainHandler(ignored -> drained.complete(writer.writeQueueFull()));
            List<Future<Appended>> all = new ArrayList<>();
            while (!writer.writeQueueFull()) {
                all.add(writer.append("key", Buffer.buffer(new byte[1_000])));
            }
            assertThat(all).hasSizeBetween(9, 10);
            for (int i = 0; i < 20; i++) {
                all.add(writer.append("key", Buffer.buffer(new byte[1_000])));
            }
            return all;
        });
        assertThat(futures.get(futures.size() - 1).cause())
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("20000");
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        assertThat(OnContext.get(drained.future())).isFalse();
    }

    @Test
    void a_loop_that_appends_until_the_writer_is_full_ends_also_when_it_has_failed_or_ended() {
        WriterOptions options = new WriterOptions().setId("w");
        EventWriter<Buffer> fenced = on.writer(options);
        AtomicInteger drains = new AtomicInteger();
        on.run(() -> fenced.drainHandler(ignored -> drains.incrementAndGet()));
        EventWriter<Buffer> current = on.writer(options);
        assertThat(failure(() -> fenced.append("key", EVENT))).isInstanceOf(StrandlineException.Fenced.class);
        assertThat(on.run(fenced::writeQueueFull)).isTrue();

        Future<Void> ended = on.start(() -> {
            Future<Void> end = current.end();
            assertThat(current.writeQueueFull()).isTrue();
            return end;
        });
        OnContext.get(ended);
        assertThat(on.run(current::writeQueueFull)).isTrue();
        assertThat(drains).hasValue(0);
    }

    @Test
    void a_writer_with_own_numbers_is_full_while_it_does_not_know_which_the_log_has() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions().setId("w").setRetryTimeoutMillis(0));
        port.fate = parcel -> Fate.UNKNOWN_TAKEN;
        port.admissionFailure = new StrandlineException.Unavailable("shard 0 recovers");
        Promise<Boolean> lost = Promise.promise();
        on.run(() -> writer.drainHandler(ignored -> lost.tryComplete(writer.writeQueueFull())));
        Future<Boolean> full = on.start(() -> {
            Promise<Boolean> seen = Promise.promise();
            writer.append("key", EVENT, Sequence.of(1)).onComplete(ignored -> seen.complete(writer.writeQueueFull()));
            return seen.future();
        });
        assertThat(OnContext.get(full)).isTrue();
        assertThat(OnContext.get(lost.future())).isFalse();

        // The writer was not admitted. The next append fails, and makes the writer ask again.
        port.fate = parcel -> Fate.TAKEN;
        port.admissionFailure = null;
        Promise<Boolean> admitted = Promise.promise();
        on.run(() -> {
            writer.drainHandler(ignored -> admitted.tryComplete(writer.writeQueueFull()));
            assertThat(writer.append("key", EVENT, Sequence.of(1)).cause())
                    .isInstanceOf(StrandlineException.Unavailable.class);
            assertThat(writer.writeQueueFull()).isTrue();
            return true;
        });
        assertThat(OnContext.get(admitted.future())).isFalse();
        assertThat(get(() -> writer.append("key", EVENT, Sequence.of(1))).duplicate())
                .isTrue();
        assertThat(get(() -> writer.append("key", EVENT, Sequence.of(2))).offset())
                .isEqualTo(1);
    }

    @Test
    void a_writer_belongs_to_its_context() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        assertThatThrownBy(() -> writer.append("key", EVENT)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(writer::flush).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void undeploying_flushes_the_writer_and_closes_the_reader() {
        List<Future<Appended>> futures = new ArrayList<>();
        List<Long> seen = new ArrayList<>();
        String id = OnContext.get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return on.log
                        .subscribe("scope/stream", EventCodec.raw(), new ReaderOptions())
                        .onSuccess(reader -> reader.handler(record -> seen.add(record.offset())))
                        .compose(reader -> on.log.createWriter("scope/stream", EventCodec.raw(), new WriterOptions()))
                        .onSuccess(writer -> {
                            for (int i = 0; i < 1_000; i++) {
                                futures.add(writer.append("key", EVENT));
                            }
                        });
            }
        }));
        OnContext.get(vertx.undeploy(id));
        assertThat(futures).hasSize(1_000).allMatch(Future::succeeded);
        int before = seen.size();
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        get(() -> writer.append("key", EVENT));
        get(writer::flush);
        assertThat(seen).hasSize(before);
    }

    @Test
    void undeploying_does_not_wait_for_ever_for_a_log_that_does_not_answer() {
        port.fate = parcel -> Fate.HELD;
        List<Future<Appended>> futures = new ArrayList<>();
        String id = OnContext.get(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return on.log
                        .createWriter("scope/stream", EventCodec.raw(), new WriterOptions().setRetryTimeoutMillis(10))
                        .onSuccess(writer -> {
                            futures.add(writer.append("key", EVENT));
                            futures.add(writer.append("key", EVENT));
                        });
            }
        }));
        OnContext.get(vertx.undeploy(id));
        assertThat(OnContext.failure(futures.get(1))).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void options_are_checked_when_used() {
        for (Map.Entry<WriterOptions, String> bad : Map.of(
                        new WriterOptions().setParcelBytes(1), "parcelBytes is 1",
                        new WriterOptions().setId(""), "id",
                        new WriterOptions().setParcelsInFlight(65), "65")
                .entrySet()) {
            assertThatThrownBy(() -> on.writer(bad.getKey()))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining(bad.getValue());
        }
        assertThatThrownBy(() -> get(() -> on.log.createWriter("nonsense", EventCodec.raw(), new WriterOptions())))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void a_callback_may_append_and_flush() {
        EventWriter<Buffer> writer = on.writer(new WriterOptions());
        Promise<Long> hundredth = Promise.promise();
        on.run(() -> {
            chain(writer, 100, hundredth);
            return true;
        });
        assertThat(OnContext.get(hundredth.future())).isEqualTo(100);
    }

    private void chain(EventWriter<Buffer> writer, int left, Promise<Long> done) {
        writer.append("key", EVENT).onComplete((appended, failure) -> {
            if (failure != null) {
                done.fail(failure);
            } else if (left > 0) {
                chain(writer, left - 1, done);
            } else {
                writer.flush().onComplete(ignored -> done.complete(appended.offset()));
            }
        });
    }
}
