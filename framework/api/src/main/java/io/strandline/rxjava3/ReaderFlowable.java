package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.exceptions.Exceptions;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Truncation;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Opens a reader for each subscription. Requests become the reader's demand, and cancelling closes it. */
final class ReaderFlowable<E> extends Flowable<EventRecord<E>> {

    private final Supplier<ContextInternal> contexts;
    private final Supplier<Future<EventReader<E>>> open;
    private final @Nullable Consumer<Truncation> skipped;

    ReaderFlowable(Supplier<ContextInternal> contexts, Supplier<Future<EventReader<E>>> open) {
        this(contexts, open, null);
    }

    /** @param skipped receives the ranges of events that were removed before they were read */
    ReaderFlowable(
            Supplier<ContextInternal> contexts,
            Supplier<Future<EventReader<E>>> open,
            @Nullable Consumer<Truncation> skipped) {
        this.contexts = contexts;
        this.open = open;
        this.skipped = skipped;
    }

    @Override
    protected void subscribeActual(Subscriber<? super EventRecord<E>> subscriber) {
        ContextInternal context = contexts.get();
        Reading<E> reading = new Reading<>(context, subscriber, skipped);
        subscriber.onSubscribe(reading);
        Subscribed.on(context, () -> reading.start(open));
    }

    /** One subscription. Its state belongs to the context. */
    private static final class Reading<E> implements Subscription, Flow.Subscriber<EventRecord<E>> {
        private final ContextInternal context;
        private final Subscriber<? super EventRecord<E>> subscriber;
        private final @Nullable Consumer<Truncation> skipped;

        /** That of the reader, once it is open. */
        private Flow.@Nullable Subscription demand;

        private long requested;
        private @Nullable IllegalArgumentException refused;

        /** The subscriber's onSubscribe has returned, so signals do not overlap it. */
        private boolean introduced;

        private volatile boolean ended;

        Reading(
                ContextInternal context,
                Subscriber<? super EventRecord<E>> subscriber,
                @Nullable Consumer<Truncation> skipped) {
            this.context = context;
            this.subscriber = subscriber;
            this.skipped = skipped;
        }

        void start(Supplier<Future<EventReader<E>>> open) {
            introduced = true;
            if (refused != null) {
                onError(refused);
            } else if (!ended) {
                open.get().onComplete(this::begin, this::onError);
            }
        }

        private void begin(EventReader<E> opened) {
            if (ended) {
                opened.close();
                return;
            }
            if (skipped != null) {
                opened.truncationHandler(truncation -> tell(skipped, truncation));
            }
            opened.asPublisher().subscribe(this);
        }

        private void tell(Consumer<Truncation> to, Truncation truncation) {
            if (ended) {
                return;
            }
            try {
                to.accept(truncation);
            } catch (Throwable e) {
                Exceptions.throwIfFatal(e);
                stop(e);
            }
        }

        private void stop(Throwable failure) {
            onError(failure);
            close();
        }

        private void close() {
            if (demand != null) {
                demand.cancel();
            }
        }

        // ---- from the reader

        @Override
        public void onSubscribe(Flow.Subscription opened) {
            demand = opened;
            if (requested > 0) {
                opened.request(requested);
            }
        }

        @Override
        public void onNext(EventRecord<E> event) {
            if (!ended) {
                subscriber.onNext(event);
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (!ended) {
                ended = true;
                subscriber.onError(failure);
            }
        }

        @Override
        public void onComplete() {
            if (!ended) {
                ended = true;
                subscriber.onComplete();
            }
        }

        // ---- from the subscriber, on any thread

        @Override
        public void request(long events) {
            Subscribed.on(context, () -> take(events));
        }

        private void take(long events) {
            if (ended) {
                return;
            }
            if (events <= 0) {
                refuse(new IllegalArgumentException("request of " + events + " events (rule 3.9)"));
            } else if (demand != null) {
                demand.request(events);
            } else {
                long sum = requested + events;
                requested = sum < 0 ? Long.MAX_VALUE : sum;
            }
        }

        private void refuse(IllegalArgumentException cause) {
            if (introduced) {
                stop(cause);
            } else {
                refused = cause;
            }
        }

        @Override
        public void cancel() {
            ended = true;
            Subscribed.on(context, this::close);
        }
    }
}
