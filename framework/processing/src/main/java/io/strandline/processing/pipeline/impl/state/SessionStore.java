package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windowed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The sessions of each key. */
public final class SessionStore extends OneMapStore implements WindowsOfKeys {

    /** Most sessions of a key that are open or may still change. */
    static final int MAX_SESSIONS = 1_000;

    private static final Session[] NONE = {};

    private final KeyedState<Session[]> sessions = new KeyedState<>(this, new PieceForm(), 0);
    private final TimerIndex timers = new TimerIndex(this::grow);
    private final TimerIndex early = new TimerIndex(this::grow);
    private final long gapMillis;
    private final long latenessMillis;
    private final boolean finalOnly;
    private final boolean isEarly;

    /**
     * A session of a key. Its entry names the last event, 1 if it was passed on, and when it is passed on early if it is.
     *
     * @param first time of its first event
     * @param last time of its last event
     * @param fired true if its value was passed on, and it stays because later events are allowed
     * @param early when its value is to be passed on early, or {@link #NEVER}
     */
    public record Session(long first, long last, Object value, boolean fired, long early) {

        public static final long NEVER = Long.MAX_VALUE;

        public Session passedOn() {
            return new Session(first, last, value, true, NEVER);
        }

        public Session early(long due) {
            return new Session(first, last, value, fired, due);
        }
    }

    SessionStore(Operator.Window operator) {
        super(operator);
        this.gapMillis = operator.windows().sizeMillis();
        this.latenessMillis = operator.latenessMillis();
        this.finalOnly = operator.finalOnly();
        this.isEarly = operator.earlyMillis() > 0;
    }

    @Override
    public String layout() {
        return "sessions of " + gapMillis + " ms";
    }

    public TimerIndex timers() {
        return timers;
    }

    /** When sessions are passed on early. */
    public TimerIndex early() {
        return early;
    }

    /** The sessions of a key by their times. Not to be changed. */
    public Session[] get(String key) {
        Session[] stored = sessions.get(key);
        return stored == null ? NONE : stored;
    }

    @Override
    public List<Windowed<Object>> windowsOf(String key) {
        Session[] stored = sessions.peek(key, decoded -> {});
        List<Windowed<Object>> found = new ArrayList<>();
        for (Session session : stored == null ? NONE : stored) {
            found.add(new Windowed<>(key, session.first(), end(session), session.value(), !session.fired(), false));
        }
        return found;
    }

    /** First millisecond after a session. */
    public long end(Session session) {
        return end(session.last());
    }

    private long end(long last) {
        return Times.plus(last, gapMillis);
    }

    /** When it is passed on, early results apart. */
    public long firesAt(Session session) {
        return due(session.last(), false);
    }

    /** Whether a value that was passed on may change. */
    public boolean mayChange() {
        return latenessMillis > 0 && !finalOnly;
    }

    /** When something is to be done with it: it is passed on, and forgotten when no event can change it. */
    public long due(Session session) {
        return due(session.last(), session.fired());
    }

    private long due(long last, boolean fired) {
        return fired || finalOnly ? Times.plus(end(last), latenessMillis) : end(last);
    }

    /**
     * Replaces the sessions of a key.
     *
     * @param now by their times. Those that stay are the same objects
     */
    public void put(String key, Session[] now) {
        note(0, key, sessions.get(key));
        replace(key, now);
    }

    /**
     * Sessions of a key are passed on. This needs no room.
     *
     * @param now those that stay with their values, by their times. Those that were not passed on are the same objects
     */
    public void pass(String key, Session[] now) {
        noteRemoval(0, key, sessions.get(key));
        replace(key, now);
    }

    private void replace(String key, Session[] now) {
        if (now.length > MAX_SESSIONS) {
            throw new StrandlineException.Overloaded(
                    "key " + key + " of operator " + id() + " has more than " + MAX_SESSIONS + " sessions");
        }
        Session[] before = get(key);
        forgetTimers(key, before, now);
        for (Session session : now) {
            if (!isIn(session, before)) {
                timers.add(due(session), key);
            }
            if (session.early() != Session.NEVER) {
                early.add(session.early(), key);
            }
        }
        sessions.put(key, now.length == 0 ? null : now);
    }

    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        replace(key, stored == null ? NONE : (Session[]) stored);
    }

    /** Two sessions of a key may have something to do at the same time, one at its end and one when no event can change it. */
    private void forgetTimers(String key, Session[] before, Session[] now) {
        for (Session session : before) {
            if (!isIn(session, now)) {
                long due = due(session);
                timers.remove(due, key);
                early.remove(session.early(), key); // the caller adds those that stay
                for (Session other : now) {
                    if (due(other) == due) {
                        timers.add(due, key);
                    }
                }
            }
        }
    }

    /** The array is sorted. */
    @SuppressWarnings("ReferenceEquality") // a session that was replaced by an equal one needs its timer again
    private static boolean isIn(Session session, Session[] sorted) {
        int low = 0;
        int high = sorted.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] == session) {
                return true;
            }
            if (sorted[middle].first() < session.first()) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return false;
    }

    /** Each session as a piece. */
    private final class PieceForm implements KeyedState.Form<Session[]> {

        @Override
        public void split(String key, Session[] stored, Consumer<StateEntry> each) {
            for (Session session : stored) {
                long fired = session.fired() ? 1 : 0;
                long[] times = session.early() == Session.NEVER
                        ? new long[] {session.last(), fired}
                        : new long[] {session.last(), fired, session.early()};
                each.accept(new StateEntry(session.first(), key, times, session.value()));
            }
        }

        @Override
        public Session[] join(List<StateEntry> pieces) {
            Session[] stored = new Session[pieces.size()];
            for (int i = 0; i < stored.length; i++) {
                StateEntry piece = pieces.get(i);
                long[] times = piece.times();
                Object value = Objects.requireNonNull(piece.value());
                stored[i] = new Session(piece.at(), times[0], value, times[1] == 1, earlyIn(times));
            }
            Arrays.sort(stored, Comparator.comparingLong(Session::first)); // pieces are put back in any order
            return stored;
        }
    }

    private long earlyIn(long[] times) {
        return times.length > 2 && isEarly ? times[2] : Session.NEVER;
    }

    @Override
    KeyedState<Session[]> states() {
        return sessions;
    }

    @Override
    void restored(long at, Supplier<String> of, long[] times) {
        String key = of.get();
        timers.add(due(times[0], times[1] == 1), key);
        if (earlyIn(times) != Session.NEVER) {
            early.add(earlyIn(times), key);
        }
    }
}
