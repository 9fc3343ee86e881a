package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.exceptions.Exceptions;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Truncation;
import io.vertx.core.Future;
import io.vertx.core.internal.ContextInternal;
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
    private static final class Reading<E> implements Subscription {
        private final ContextInternal context;
        private final Subscriber<? super EventRecord<E>> subscriber;
        private final @Nullable Consumer<Truncation> skipped;
        private @Nullable EventReader<E> reader;
        private long requested;
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
            if (!ended) {
                open.get().onComplete((opened, failure) -> {
                    if (failure != null) {
                        fail(failure);
                    } else {
                        begin(opened);
                    }
                });
            }
        }

        private void begin(EventReader<E> opened) {
            reader = opened;
            if (ended) {
                opened.close();
                return;
            }
            opened.pause();
            opened.exceptionHandler(this::fail);
            if (skipped != null) {
                opened.truncationHandler(truncation -> tell(skipped, truncation));
            }
            opened.endHandler(ignored -> {
                if (!ended) {
                    ended = true;
                    subscriber.onComplete();
                }
            });
            opened.handler(record -> {
                if (!ended) {
                    subscriber.onNext(record);
                }
            });
            opened.fetch(requested);
        }

        private void tell(Consumer<Truncation> to, Truncation truncation) {
            if (ended) {
                return;
            }
            try {
                to.accept(truncation);
            } catch (Throwable e) {
                Exceptions.throwIfFatal(e);
                fail(e);
                close();
            }
        }

        private void fail(Throwable failure) {
            if (!ended) {
                ended = true;
                subscriber.onError(failure);
            }
        }

        @Override
        public void request(long events) {
            Subscribed.on(context, () -> take(events));
        }

        private void take(long events) {
            if (ended) {
                return;
            }
            if (events <= 0) {
                close();
                subscriber.onError(new IllegalArgumentException("request of " + events + " events (rule 3.9)"));
                return;
            }
            EventReader<E> opened = reader;
            if (opened != null) {
                opened.fetch(events);
            } else {
                long sum = requested + events;
                requested = sum < 0 ? Long.MAX_VALUE : sum;
            }
        }

        @Override
        public void cancel() {
            ended = true;
            Subscribed.on(context, this::close);
        }

        private void close() {
            ended = true;
            EventReader<E> opened = reader;
            if (opened != null) {
                opened.close();
            }
        }
    }
}
