package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.impl.state.SessionStore;
import io.strandline.processing.pipeline.impl.state.SessionStore.Session;
import io.strandline.processing.pipeline.impl.state.TimerIndex;
import io.strandline.processing.pipeline.impl.state.Times;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** Folds the events of sessions. */
final class SessionOperator implements OperatorInput, TimedOperator {

    private final Operator.Window operator;
    private final SessionStore store;
    private final TaskRecordContext context;
    private final LateEvents late;
    private final OperatorInput next;
    private final BinaryOperator<Object> merge;
    private final long gapMillis;

    SessionOperator(
            Operator.Window operator,
            SessionStore store,
            TaskRecordContext context,
            LateEvents late,
            OperatorInput next) {
        this.operator = operator;
        this.store = store;
        this.context = context;
        this.late = late;
        this.next = next;
        this.merge = Objects.requireNonNull(operator.merge(), "sessions are merged");
        this.gapMillis = operator.windows().sizeMillis();
    }

    @Override
    public void accept(Object event) {
        String key = context.requireKey(operator.id());
        long time = context.time();
        long over = context.over(key);
        Session[] stored = store.get(key);
        List<Session> now = new ArrayList<>(stored.length + 1);
        Session joined = null;
        for (Session session : stored) {
            if (session.first() - gapMillis < time && time < store.end(session)) {
                joined = joined == null ? session : both(joined, session);
            } else {
                now.add(session);
            }
        }
        if (joined == null && Times.plus(time + gapMillis, operator.latenessMillis()) <= over) {
            late.add(operator.id(), operator.late(), key, event, "its window ended at", time + gapMillis);
            return;
        }
        Session extended = extended(key, joined, time, event);
        boolean isOver = store.firesAt(extended) <= over;
        Session stays = isOver ? extended.passedOn() : extended.early(early(extended));
        now.add(stays);
        now.sort((one, other) -> Long.compare(one.first(), other.first()));
        store.put(key, now.toArray(Session[]::new));
        if (isOver) {
            context.resume(key, store.firesAt(stays) - 1);
            pass(key, stays, false);
            context.resume(key, time);
        }
    }

    private Session both(Session earlier, Session later) {
        Object value =
                Objects.requireNonNull(merge.apply(earlier.value(), later.value()), operator.id() + " gave no value");
        return new Session(earlier.first(), later.last(), value, false, Math.min(earlier.early(), later.early()));
    }

    /** When a session that has changed is to be passed on early. */
    private long early(Session session) {
        if (operator.earlyMillis() == 0 || session.early() != Session.NEVER) {
            return session.early();
        }
        long due = Times.next(Math.max(context.cleared(), session.first()), operator.earlyMillis(), 0);
        return due < store.firesAt(session) ? due : Session.NEVER;
    }

    private Session extended(String key, @Nullable Session joined, long time, Object event) {
        Object before = joined == null ? operator.initial().apply(key) : joined.value();
        Object after = Objects.requireNonNull(operator.add().apply(before, event), operator.id() + " gave no value");
        return joined == null
                ? new Session(time, time, after, false, Session.NEVER)
                : new Session(
                        Math.min(joined.first(), time), Math.max(joined.last(), time), after, false, joined.early());
    }

    private void pass(String key, Session session, boolean isEarly) {
        next.accept(new Windowed<>(
                key, session.first(), store.end(session), session.value(), isEarly, !isEarly && !store.mayChange()));
    }

    @Override
    public long nextTime() {
        return Math.min(store.timers().nextTime(), store.early().nextTime());
    }

    @Override
    public long lastTime() {
        return store.timers().lastTime();
    }

    @Override
    public void fire(boolean passesOn) {
        if (store.early().nextTime() < store.timers().nextTime()) {
            fireEarly(passesOn);
        } else {
            fireEnd(passesOn);
        }
    }

    private void fireEarly(boolean passesOn) {
        TimerIndex.Timer due = Objects.requireNonNull(store.early().first());
        String key = due.key();
        context.at(key, due.time() - 1, due.time() - 1);
        List<Session> now = new ArrayList<>();
        List<Session> early = new ArrayList<>();
        for (Session session : store.get(key)) {
            boolean isDue = session.early() == due.time();
            now.add(isDue ? session.early(Session.NEVER) : session);
            if (isDue) {
                early.add(session);
            }
        }
        store.pass(key, now.toArray(Session[]::new));
        if (passesOn) {
            early.forEach(session -> pass(key, session, true));
        }
    }

    private void fireEnd(boolean passesOn) {
        TimerIndex.Timer due = Objects.requireNonNull(store.timers().first());
        String key = due.key();
        context.at(key, due.time() - 1, due.time() - 1);
        List<Session> now = new ArrayList<>();
        List<Session> over = new ArrayList<>();
        for (Session session : store.get(key)) {
            if (store.due(session) != due.time()) {
                now.add(session);
            } else if (!session.fired()) {
                over.add(session);
                if (store.mayChange()) {
                    now.add(session.passedOn());
                }
            }
        }
        store.pass(key, now.toArray(Session[]::new));
        if (passesOn) {
            over.forEach(session -> pass(key, session, false));
        }
    }
}
