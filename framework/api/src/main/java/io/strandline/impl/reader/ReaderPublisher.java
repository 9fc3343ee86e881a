package io.strandline.impl.reader;

import io.strandline.EventRecord;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A reader as a publisher to one subscriber. Everything that a subscriber calls moves to the reader's context, and every
 * signal is sent there. So signals never overlap, whatever threads the subscriber uses. The rules named here are those of
 * Reactive Streams.
 */
final class ReaderPublisher<E> implements Flow.Publisher<EventRecord<E>> {

    /** What a second subscriber gets. The reader goes on for the first. */
    private static final Flow.Subscription NOTHING = new Flow.Subscription() {
        @Override
        public void request(long events) {
            // No event will come.
        }

        @Override
        public void cancel() {
            // The failure comes at once.
        }
    };

    private final DemandReader<E> reader;
    private final AtomicBoolean subscribed = new AtomicBoolean();

    ReaderPublisher(DemandReader<E> reader) {
        this.reader = reader;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super EventRecord<E>> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber (rule 1.9)");
        if (subscribed.compareAndSet(false, true)) {
            Delivery<E> delivery = new Delivery<>(reader, subscriber);
            reader.onContext(delivery::begin);
        } else {
            reader.onContext(() -> refuse(subscriber));
        }
    }

    private void refuse(Flow.Subscriber<?> second) {
        second.onSubscribe(NOTHING);
        second.onError(new IllegalStateException("a reader of " + reader.stream() + " has a subscriber already"));
    }

    /** The events of the reader for its subscriber. */
    private static final class Delivery<E> implements Flow.Subscription {

        private final DemandReader<E> reader;

        /** Null when no signal is sent any more, so that nothing holds a subscriber that has gone (rule 3.13). */
        private volatile Flow.@Nullable Subscriber<? super EventRecord<E>> subscriber;

        private boolean hasThrown;

        Delivery(DemandReader<E> reader, Flow.Subscriber<? super EventRecord<E>> subscriber) {
            this.reader = reader;
            this.subscriber = subscriber;
        }

        // ---- on the reader's context

        void begin() {
            reader.awaitDemand();
            try {
                introduce();
            } catch (Throwable thrown) { // the subscriber is cancelled (rule 2.13)
                cancel();
                reader.context.reportException(thrown);
            }
            if (subscriber != null) {
                reader.exceptionHandler(this::fail);
                reader.endHandler(end -> complete());
                reader.closeHandler(this::signal);
                reader.handler(this::next);
            }
        }

        private void introduce() {
            Flow.Subscriber<? super EventRecord<E>> to = subscriber;
            if (to != null) {
                to.onSubscribe(this);
            }
        }

        private void next(EventRecord<E> event) {
            Flow.Subscriber<? super EventRecord<E>> to = subscriber;
            if (to != null) {
                try {
                    to.onNext(event);
                } catch (Throwable thrown) {
                    subscriber = null;
                    hasThrown = true;
                    throw thrown; // the reader stops at this event
                }
            }
        }

        private void complete() {
            Flow.Subscriber<? super EventRecord<E>> to = subscriber;
            subscriber = null;
            if (to != null) {
                to.onComplete();
            }
        }

        private void fail(Throwable failure) {
            signal(failure);
            if (hasThrown) {
                reader.context.reportException(failure); // a cancelled subscriber gets no signal
            }
        }

        private void signal(Throwable failure) {
            Flow.Subscriber<? super EventRecord<E>> to = subscriber;
            subscriber = null;
            if (to != null) {
                to.onError(failure);
            }
        }

        private void demand(long events) {
            if (subscriber == null) {
                return; // rule 3.6
            }
            if (events > 0) {
                reader.fetch(events);
                return;
            }
            // Later, because the subscriber may be within another signal.
            reader.context.runOnContext(ignored -> {
                signal(new IllegalArgumentException("request of " + events + " events (rule 3.9)"));
                reader.close();
            });
        }

        // ---- from any thread

        @Override
        public void request(long events) {
            reader.onContext(() -> demand(events));
        }

        @Override
        public void cancel() {
            if (subscriber != null) {
                subscriber = null;
                reader.onContext(reader::close);
            }
        }
    }
}
