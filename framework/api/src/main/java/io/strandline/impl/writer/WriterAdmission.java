package io.strandline.impl.writer;

import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.spi.RetryWindow;
import io.strandline.spi.WriterGrant;
import org.jspecify.annotations.Nullable;

/**
 * Whether the log accepts the batches of a writer, and how the writer gets accepted again. {@link WriterSession} explains
 * why.
 *
 * <p>Two things end an admission. If a partition is sealed, the parcels in flight are awaited, the log is asked where the
 * writer continues, and the writer continues there. If a lane gives up, everything that is pending is settled, and the
 * writer is admitted again.
 */
final class WriterAdmission {

    private enum State {
        ADMITTED,
        /** A partition is sealed, and the parcels in flight are awaited. */
        SEALED,
        /** Asks where the writer goes on. */
        FOLLOWING,
        /** A lane gave up, and the others finish. */
        CLOSING,
        ASKING,
        /** The log did not admit the writer within the retry timeout. The next append asks again. */
        LOST
    }

    private final WriterSession session;
    private final LogPort port;
    private final @Nullable String id;
    private final long retryTimeoutMillis;
    private final RetryWindow retries;

    private State state = State.ADMITTED;
    /** A lane gave up while the writer follows. The writer is to be admitted again afterwards. */
    private boolean gaveUp;

    /** Counts the attempts to follow, so that an answer that comes too late is known. */
    private int attempts;

    private long attemptTimer = -1;

    WriterAdmission(WriterSession session) {
        this.session = session;
        this.port = session.port();
        this.id = session.options().getId();
        this.retryTimeoutMillis = session.options().getRetryTimeoutMillis();
        this.retries = port.retryTime().window(retryTimeoutMillis);
    }

    boolean isGiven() {
        return state == State.ADMITTED;
    }

    boolean isLost() {
        return state == State.LOST;
    }

    /** True if nothing may be handed over, not even again, because partitions change. */
    boolean isFollowing() {
        return state == State.SEALED || state == State.FOLLOWING;
    }

    /** True if the writer knows which of the application's numbers the log has. */
    boolean knowsNumbers() {
        return state == State.ADMITTED || (isFollowing() && !gaveUp);
    }

    /** Appends were settled: takes the step that waited for them. */
    void settledSome() {
        if (state == State.SEALED && session.isAnswered()) {
            followNow();
        } else if (state == State.CLOSING && session.isQuiet()) {
            state = State.ASKING;
            ask();
        }
    }

    // ---- again

    /** Asks for the admission that was not given before. */
    void askAgain() {
        if (state == State.LOST && session.failure() == null) {
            readmit();
        }
    }

    /**
     * Admits the writer again as soon as nothing of the present admission is pending. The holder of a claim decides by
     * the events that the log has, and does not know them any more, so the writer ends.
     */
    void readmit() {
        if (session.isClaim()) {
            session.fail(new StrandlineException.Unavailable("the claim of partition "
                    + session.table().id(0) + " of " + session.stream()
                    + " is given up, because the log did not confirm an append; claim it again"));
        } else if (state == State.ADMITTED || state == State.LOST) {
            begin(State.CLOSING);
            session.notesIfFull();
            session.later(session::settledSome);
        } else if (isFollowing()) {
            gaveUp = true;
            session.notesIfFull();
        }
    }

    private void begin(State next) {
        state = next;
        retries.begin();
    }

    private void ask() {
        if (session.failure() == null) {
            port.readmitWriter(session.grant(), id)
                    .onComplete((next, cause) -> session.later(() -> asked(next, cause)));
        }
    }

    private void asked(@Nullable WriterGrant next, @Nullable Throwable cause) {
        if (session.failure() != null) {
            return;
        }
        if (next != null) {
            goOn(next);
            return;
        }
        StrandlineException fatal = fatal(cause);
        if (fatal != null) {
            session.fail(fatal);
            return;
        }
        long pause = retries.pause();
        if (pause != RetryWindow.OVER) {
            session.setTimer(pause, this::ask);
        } else {
            state = State.LOST;
            session.failWaiting(new StrandlineException.Unavailable("the writer of " + session.stream()
                    + " was not admitted again within " + retryTimeoutMillis + " ms: " + cause));
        }
    }

    private void goOn(WriterGrant next) {
        session.moveTo(next);
        if (session.failure() == null) {
            state = State.ADMITTED;
            session.pump();
        }
    }

    /**
     * The answer of the log after which asking again is of no use, or null. Asking again is harmless, so a failure that is no
     * answer of the log is taken for no answer, and the log is asked again.
     */
    static @Nullable StrandlineException fatal(@Nullable Throwable cause) {
        return cause instanceof StrandlineException known && !known.isTransient() ? known : null;
    }

    // ---- following a scaling

    /** A partition is sealed: has all lanes wait until it is known which took over. */
    void follow() {
        if (state == State.ADMITTED || state == State.CLOSING) {
            gaveUp = state == State.CLOSING;
            begin(State.SEALED);
        }
    }

    private void followNow() {
        state = State.FOLLOWING;
        int attempt = ++attempts;
        // A change may take as long as a shard needs to recover, and no append waits longer than it was told to.
        attemptTimer = session.setTimer(Math.max(1, retryTimeoutMillis), () -> {
            if (isAt(attempt)) {
                lose("the log did not say within " + retryTimeoutMillis + " ms which partitions of " + session.stream()
                        + " took over");
            }
        });
        askWhereTo(attempt);
    }

    private boolean isAt(int attempt) {
        return attempt == attempts && state == State.FOLLOWING;
    }

    private void askWhereTo(int attempt) {
        if (isAt(attempt)) {
            port.refreshWriter(session.grant(), id)
                    .onComplete((next, cause) -> session.later(() -> toldWhereTo(attempt, next, cause)));
        }
    }

    private void toldWhereTo(int attempt, @Nullable WriterGrant next, @Nullable Throwable cause) {
        if (session.failure() != null || !isAt(attempt)) {
            return;
        }
        if (next != null && !session.table().hasPartitionsOf(next)) {
            follow(next);
            return;
        }
        StrandlineException fatal = next == null ? fatal(cause) : null;
        if (fatal != null) {
            session.fail(fatal);
            return;
        }
        long pause = retries.pause();
        if (pause != RetryWindow.OVER) {
            session.setTimer(pause, () -> askWhereTo(attempt));
        } else {
            lose("a partition of " + session.stream() + " is sealed, and the log did not say within "
                    + retryTimeoutMillis + " ms which took over: " + cause);
        }
    }

    private void follow(WriterGrant next) {
        if (session.goesOnFrom(next) && session.table().isAheadOf(next)) {
            // Answered before it was forced, and lost: the application hears of it by its next appends.
            lose("the log does not go on from what it confirmed of " + session.stream());
            return;
        }
        session.cancelTimer(attemptTimer);
        attemptTimer = -1;
        if (gaveUp) {
            session.moveTo(next);
            state = State.LOST;
            readmit();
        } else {
            goOn(next);
        }
    }

    /** Gives up everything pending. Nothing is in flight. The next append asks for a new admission. */
    private void lose(String why) {
        state = State.LOST;
        session.giveUp(new StrandlineException.Unavailable(why));
    }
}
