package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Windowed;
import io.strandline.processing.pipeline.impl.operator.SessionStore.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** Folds the events of sessions. */
final class SessionStage implements Stage, Stage.Timed {

    private final Operator.Window operator;
    private final SessionStore store;
    private final Moment moment;
    private final LateEvents late;
    private final Stage next;
    private final BinaryOperator<Object> merge;
    private final long gapMillis;

    SessionStage(Operator.Window operator, SessionStore store, Moment moment, LateEvents late, Stage next) {
        this.operator = operator;
        this.store = store;
        this.moment = moment;
        this.late = late;
        this.next = next;
        this.merge = Objects.requireNonNull(operator.merge(), "sessions are merged");
        this.gapMillis = operator.windows().sizeMillis();
    }

    @Override
    public void accept(Object event) {
        String key = moment.requireKey(operator.id());
        long time = moment.time();
        long over = moment.over(key);
        Session[] stored = store.get(key);
        if (stored.length == 0) {
            moment.requireOwn(key);
        }
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
            late.add(operator, key, event, time + gapMillis);
            return;
        }
        Session extended = extended(key, joined, time, event);
        boolean isOver = store.end(extended) <= over;
        Session stays = new Session(extended.first(), extended.last(), extended.value(), isOver);
        now.add(stays);
        now.sort((one, other) -> Long.compare(one.first(), other.first()));
        store.put(key, now.toArray(Session[]::new));
        if (isOver) {
            pass(key, stays);
            moment.resume(key, time);
        }
    }

    private Session both(Session earlier, Session later) {
        Object value =
                Objects.requireNonNull(merge.apply(earlier.value(), later.value()), operator.id() + " gave no value");
        return new Session(earlier.first(), later.last(), value, false);
    }

    private Session extended(String key, @Nullable Session joined, long time, Object event) {
        Object before = joined == null ? operator.initial().apply(key) : joined.value();
        Object after = Objects.requireNonNull(operator.add().apply(before, event), operator.id() + " gave no value");
        return joined == null
                ? new Session(time, time, after, false)
                : new Session(Math.min(joined.first(), time), Math.max(joined.last(), time), after, false);
    }

    private void pass(String key, Session session) {
        moment.resume(key, store.end(session) - 1);
        next.accept(new Windowed<>(
                key, session.first(), store.end(session), session.value(), operator.latenessMillis() == 0));
    }

    @Override
    public long nextTime() {
        return store.timers().nextTime();
    }

    @Override
    public void fire() {
        TimerIndex.Timer due = Objects.requireNonNull(store.timers().first());
        String key = due.key();
        moment.at(key, due.time() - 1, due.time() - 1);
        List<Session> now = new ArrayList<>();
        List<Session> over = new ArrayList<>();
        for (Session session : store.get(key)) {
            if (store.due(session) != due.time()) {
                now.add(session);
            } else if (!session.fired()) {
                over.add(session);
                if (operator.latenessMillis() > 0) {
                    now.add(new Session(session.first(), session.last(), session.value(), true));
                }
            }
        }
        store.put(key, now.toArray(Session[]::new));
        over.forEach(session -> pass(key, session));
    }
}
