package io.strandline.sync.rxjava3;

import io.reactivex.rxjava3.core.Flowable;
import io.strandline.StrandlineException;
import io.strandline.sync.Change;
import io.strandline.sync.ChangeReader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Makes a reader for each subscription. Requests become its demand, and cancelling closes it. */
final class ChangeFlowable<S, U> extends Flowable<Change<S, U>> {

    private final Supplier<ChangeReader<S, U>> open;

    ChangeFlowable(Supplier<ChangeReader<S, U>> open) {
        this.open = open;
    }

    @Override
    protected void subscribeActual(Subscriber<? super Change<S, U>> subscriber) {
        ChangeReader<S, U> reader;
        try {
            reader = open.get();
        } catch (StrandlineException refused) {
            Flowable.<Change<S, U>>error(refused).subscribe(subscriber);
            return;
        }
        reader.pause();
        Reading<S, U> reading = new Reading<>(reader, subscriber);
        subscriber.onSubscribe(reading);
        reading.begin();
    }

    /** One subscription. The reader calls on its synchronizer's context, one call at a time. */
    private static final class Reading<S, U> implements Subscription {

        private final ChangeReader<S, U> reader;
        private final Subscriber<? super Change<S, U>> subscriber;
        private final AtomicBoolean ended = new AtomicBoolean();

        Reading(ChangeReader<S, U> reader, Subscriber<? super Change<S, U>> subscriber) {
            this.reader = reader;
            this.subscriber = subscriber;
        }

        void begin() {
            reader.exceptionHandler(this::fail);
            reader.endHandler(end -> {
                if (ended.compareAndSet(false, true)) {
                    subscriber.onComplete();
                }
            });
            reader.handler(change -> {
                if (!ended.get()) {
                    subscriber.onNext(change);
                }
            });
        }

        private void fail(Throwable failure) {
            if (ended.compareAndSet(false, true)) {
                subscriber.onError(failure);
            }
        }

        @Override
        public void request(long changes) {
            if (changes > 0) {
                reader.fetch(changes);
            } else {
                reader.close()
                        .onComplete(closed ->
                                fail(new IllegalArgumentException("request of " + changes + " changes (rule 3.9)")));
            }
        }

        @Override
        public void cancel() {
            ended.set(true);
            reader.close();
        }
    }
}
