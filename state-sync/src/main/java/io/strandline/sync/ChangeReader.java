package io.strandline.sync;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The changes of one state, with demand.
 *
 * <p>The first change is the whole state as it was when the reader was made. After it, every revision is delivered once,
 * in order and without a gap, and only durable ones. A paused reader buffers nothing. It resumes with the revisions that
 * the store still has. Where the store no longer keeps the missing revisions, it resumes with a {@linkplain
 * Change#isWhole() whole} change. It also does so if the store lost revisions. Only then may a revision number come
 * again.
 *
 * <p>Handlers run on the synchronizer's context. Any thread may call. A call from elsewhere takes effect a little later.
 * A failure of a codec or of the store's bytes goes to the exception handler and ends the reader. A store that cannot
 * serve ends nothing: the reader goes on when it can.
 */
public interface ChangeReader<S, U> extends ReadStream<Change<S, U>> {

    /** Ends the reader. Once the future is complete, no handler is called any more. */
    Future<Void> close();

    @Override
    ChangeReader<S, U> handler(@Nullable Handler<Change<S, U>> handler);

    @Override
    ChangeReader<S, U> exceptionHandler(@Nullable Handler<Throwable> handler);

    /** Called when the synchronizer is closed, or at once if it was closed before the handler was set. */
    @Override
    ChangeReader<S, U> endHandler(@Nullable Handler<Void> handler);

    @Override
    ChangeReader<S, U> pause();

    @Override
    ChangeReader<S, U> resume();

    @Override
    ChangeReader<S, U> fetch(long amount);
}
