package io.strandline.processing.group.impl.member;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.processing.group.GroupBatchHandler;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.impl.feed.TracedHandlers;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.EventSpans;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.tracing.TracingPolicy;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A reader as the application sees it: holds its calls to its context, and ends with its verticle. */
final class OpenReader<E> implements GroupReader<E>, Closeable {

    private final ContextInternal context;
    private final String name;
    private final GroupMember<E> member;
    private final @Nullable EventSpans spans;
    private boolean started;

    OpenReader(ContextInternal context, String name, GroupMember<E> member, TracingPolicy tracing) {
        this.context = context;
        this.name = name;
        this.member = member;
        this.spans = EventSpans.of(context, tracing);
        CloseOnce.endWithVerticle(context, this);
        member.ended().onComplete(ended -> context.removeCloseHook(this));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public GroupReader<E> handler(GroupHandler<E> handler) {
        begin();
        member.start(TracedHandlers.of(spans, member.group(), handler));
        return this;
    }

    @Override
    public GroupReader<E> batchHandler(GroupBatchHandler<E> handler) {
        requireContext();
        member.requireBatches();
        begin();
        member.startBatches(TracedHandlers.ofBatches(spans, member.group(), handler));
        return this;
    }

    private void begin() {
        requireContext();
        if (started) {
            throw new IllegalStateException("reader " + name + " has a handler already");
        }
        started = true;
    }

    @Override
    public GroupReader<E> truncationHandler(@Nullable Handler<Truncation> handler) {
        requireContext();
        member.truncationHandler(handler);
        return this;
    }

    @Override
    public GroupReader<E> boundaryHandler(@Nullable Function<Boundary, Future<?>> handler) {
        requireContext();
        member.boundaryHandler(handler);
        return this;
    }

    @Override
    public GroupReader<E> partitionGainedHandler(@Nullable Function<Gained, Future<?>> handler) {
        requireContext();
        member.partitionGainedHandler(handler);
        return this;
    }

    @Override
    public GroupReader<E> partitionLostHandler(@Nullable Handler<Lost> handler) {
        requireContext();
        member.partitionLostHandler(handler);
        return this;
    }

    @Override
    public GroupReader<E> pause() {
        requireContext();
        member.pause(true);
        return this;
    }

    @Override
    public GroupReader<E> resume() {
        requireContext();
        member.pause(false);
        return this;
    }

    @Override
    public GroupOptions options() {
        requireContext();
        return new GroupOptions(member.options());
    }

    @Override
    public SortedMap<StreamName, StreamCut> position() {
        requireContext();
        return member.position();
    }

    @Override
    public Future<Void> commit() {
        requireContext();
        return member.ended().isComplete()
                ? context.failedFuture(new StrandlineException.Unavailable("reader " + name + " has ended"))
                : member.commit();
    }

    @Override
    public Future<Void> ended() {
        if (member.ended().isComplete()) {
            return member.ended(); // its context may have ended with Vert.x
        }
        Promise<Void> ended = context.promise();
        member.ended().onComplete(ended);
        return ended.future();
    }

    @Override
    public Future<Void> close() {
        requireContext();
        return member.leave();
    }

    /** Leaves, from whatever thread. */
    Future<Void> leaveFromOutside() {
        Promise<Void> left = Promise.promise();
        context.runOnContext(turn -> member.leave().onComplete(left));
        return left.future();
    }

    @Override
    public void close(Completable<Void> completion) {
        leaveFromOutside().onComplete(completion);
    }

    private void requireContext() {
        if (!context.inThread()) {
            throw new IllegalStateException("a reader may be used only on the context that created it, not on "
                    + Thread.currentThread() + ": join in each verticle, or call it by the context's runOnContext");
        }
    }
}
