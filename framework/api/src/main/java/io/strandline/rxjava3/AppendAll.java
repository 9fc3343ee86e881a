package io.strandline.rxjava3;

import io.reactivex.rxjava3.core.CompletableEmitter;
import io.reactivex.rxjava3.core.FlowableSubscriber;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;

/**
 * Carries events from a source into a writer. Its state belongs to the writer's context. A source gives its signals one after the
 * other, each on a thread of its choice.
 */
final class AppendAll<E> implements FlowableSubscriber<NewEvent<E>> {

    /** Events requested at a time. */
    private static final int REQUEST = 256;

    private final ContextInternal context;
    private final EventWriter<E> writer;
    private final CompletableEmitter emitter;

    /** Signals that came on other threads and wait for their turn on the context. */
    private final AtomicInteger waiting = new AtomicInteger();

    private volatile @Nullable Subscription source;
    private int expected;
    private long unacknowledged;
    private boolean sourceEnded;
    private boolean failed;

    AppendAll(ContextInternal context, EventWriter<E> writer, CompletableEmitter emitter) {
        this.context = context;
        this.writer = writer;
        this.emitter = emitter;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        source = subscription;
        inOrder(() -> {
            writer.drainHandler(ignored -> requestMore());
            requestMore();
        });
    }

    /** Takes a signal at once on the context, unless earlier ones of other threads still wait for it. */
    private void inOrder(Runnable signal) {
        if (context.inThread() && waiting.get() == 0) {
            signal.run();
        } else {
            waiting.incrementAndGet();
            context.runOnContext(turn -> {
                waiting.decrementAndGet();
                signal.run();
            });
        }
    }

    private void requestMore() {
        Subscription subscription = source;
        // With nothing on its way, nobody would tell that the writer has failed: then the next event finds out.
        boolean mayGo = unacknowledged == 0 || !writer.writeQueueFull();
        if (expected == 0 && !sourceEnded && !failed && mayGo && subscription != null) {
            expected = REQUEST;
            subscription.request(REQUEST);
        }
    }

    @Override
    public void onNext(NewEvent<E> event) {
        inOrder(() -> append(event));
    }

    private void append(NewEvent<E> event) {
        if (failed) {
            return;
        }
        expected--;
        unacknowledged++;
        writer.write(event).onComplete((done, failure) -> {
            unacknowledged--;
            if (failure != null) {
                cancel();
                fail(failure);
            } else {
                endIfDone();
                requestMore();
            }
        });
        requestMore();
    }

    @Override
    public void onError(Throwable failure) {
        inOrder(() -> fail(failure));
    }

    @Override
    public void onComplete() {
        inOrder(() -> {
            sourceEnded = true;
            endIfDone();
        });
    }

    private void endIfDone() {
        if (sourceEnded && unacknowledged == 0 && !failed) {
            emitter.onComplete();
        }
    }

    private void fail(Throwable failure) {
        if (!failed) {
            failed = true;
            emitter.tryOnError(failure);
        }
    }

    void cancel() {
        Subscription subscription = source;
        if (subscription != null) {
            subscription.cancel();
        }
    }
}
