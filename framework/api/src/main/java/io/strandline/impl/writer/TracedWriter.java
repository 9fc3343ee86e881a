package io.strandline.impl.writer;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.Headers;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.spi.EventSpans;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A writer whose appends are spans. The trace is in the headers before the event is encoded, so whatever the writer sends again
 * has the same bytes.
 *
 * <p>Events with the application's own numbers pass as they are. They are given again after a restart, and must then be the
 * same, because the log compares their digests.
 */
public final class TracedWriter<E> implements EventWriter<E> {

    private final EventWriter<E> writer;
    private final EventSpans spans;
    private final EventSpans.Appends appends;

    public TracedWriter(EventWriter<E> writer, EventSpans spans) {
        this.writer = writer;
        this.spans = spans;
        this.appends = EventSpans.Appends.of(writer.stream().toString(), "append");
    }

    @Override
    public StreamName stream() {
        return writer.stream();
    }

    // ---- appending

    @Override
    public Future<Appended> append(@Nullable String key, E event) {
        return append(NewEvent.of(key, event));
    }

    @Override
    public Future<Appended> append(@Nullable String key, E event, Sequence sequence) {
        return writer.append(key, event, sequence);
    }

    @Override
    public Future<Appended> append(NewEvent<E> event) {
        return event.sequence() == null
                ? traced(event.headers(), headers -> writer.append(event.with(headers)))
                : writer.append(event);
    }

    @Override
    public Future<Appended> appendBatch(@Nullable String key, List<E> events) {
        return appendBatch(key, events, Headers.NONE);
    }

    @Override
    public Future<Appended> appendBatch(@Nullable String key, List<E> events, Headers headers) {
        return traced(headers, with -> writer.appendBatch(key, events, with));
    }

    @Override
    public Future<Appended> appendIf(String key, List<E> events, long expectedOffset) {
        return appendIf(key, events, expectedOffset, Headers.NONE);
    }

    @Override
    public Future<Appended> appendIf(String key, List<E> events, long expectedOffset, Headers headers) {
        return traced(headers, with -> writer.appendIf(key, events, expectedOffset, with));
    }

    @Override
    public Future<Appended> appendIfUnchanged(
            String key, List<E> events, StreamCut since, List<KeyCondition> others, Headers headers) {
        return traced(headers, with -> writer.appendIfUnchanged(key, events, since, others, with));
    }

    private Future<Appended> traced(Headers headers, Function<Headers, Future<Appended>> append) {
        return spans.append(appends, headers, append);
    }

    @Override
    public Future<Void> write(NewEvent<E> event) {
        return append(event).mapEmpty();
    }

    // ---- the rest is the writer's

    @Override
    public Sequence lastKnown() {
        return writer.lastKnown();
    }

    @Override
    public SortedMap<Long, WriterMark> marks(Sequence next) {
        return writer.marks(next);
    }

    @Override
    public Future<Void> flush() {
        return writer.flush();
    }

    @Override
    public long failedAppends() {
        return writer.failedAppends();
    }

    @Override
    public @Nullable StrandlineException firstFailure() {
        return writer.firstFailure();
    }

    @Override
    public Future<Void> barrier() {
        return writer.barrier();
    }

    @Override
    public long claimGeneration() {
        return writer.claimGeneration();
    }

    @Override
    public Future<Void> end() {
        return writer.end();
    }

    @Override
    public EventWriter<E> setWriteQueueMaxSize(int maxSize) {
        writer.setWriteQueueMaxSize(maxSize);
        return this;
    }

    @Override
    public boolean writeQueueFull() {
        return writer.writeQueueFull();
    }

    @Override
    public EventWriter<E> drainHandler(@Nullable Handler<Void> handler) {
        writer.drainHandler(handler);
        return this;
    }

    @Override
    public EventWriter<E> exceptionHandler(@Nullable Handler<Throwable> handler) {
        writer.exceptionHandler(handler);
        return this;
    }
}
