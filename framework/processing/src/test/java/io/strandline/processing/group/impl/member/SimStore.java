package io.strandline.processing.group.impl.member;

import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupStore;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.spi.BytesOutput;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The shared state of a simulated group, as each process sees it. A process is behind by a while. Its calls are slow,
 * fail, or take effect although the answer is Unknown. A call of a process that dies meanwhile is finished or is not.
 */
final class SimStore {

    private final SimTime time;
    private final SimProcess nobody;
    private final List<View> views = new ArrayList<>();
    private final BiConsumer<GroupState, GroupState> observer;
    private GroupState state = GroupState.NONE;
    private long revision;
    /** Chance of a failure in a thousand calls. */
    int faults;
    /** Decisions that the store fails to make, by their changes. */
    Predicate<List<GroupUpdate>> refused = updates -> false;
    /** Changes whose decisions are answered with Unknown. */
    Predicate<GroupUpdate> unanswered = update -> false;
    /** How late a listener may hear of a change. */
    long lateNanos = 10_000_000;

    /** @param observer sees each state and the one before it */
    SimStore(SimTime time, BiConsumer<GroupState, GroupState> observer) {
        this.time = time;
        this.nobody = new SimProcess(time);
        this.observer = observer;
    }

    GroupState newest() {
        return state;
    }

    GroupStore seenBy(SimProcess process) {
        View view = new View(process);
        views.add(view);
        return view;
    }

    /** What a decision does, as it would come back from its bytes. */
    void append(List<GroupUpdate> updates) {
        if (updates.isEmpty()) {
            return;
        }
        GroupState before = state;
        for (GroupUpdate update : updates) {
            // Most updates are beats, whose bytes hold one number.
            state = GroupUpdate.applied(state, update instanceof GroupUpdate.Beat ? update : copied(update));
        }
        revision++;
        observer.accept(before, state);
        for (View view : views) {
            view.hear(state, revision);
        }
    }

    /** Loses everything after a state, as may happen when one half of a cluster meets the other. */
    void backTo(GroupState earlier) {
        state = earlier;
        revision++;
        for (View view : views) {
            view.hear(state, revision);
        }
    }

    private static GroupUpdate copied(GroupUpdate update) {
        try {
            BytesOutput bytes = new BytesOutput();
            EventType type = GroupUpdate.MODEL.updates().typeOf(update);
            GroupUpdate.MODEL.updates().encode(update, bytes);
            byte[] stored = bytes.toByteArray();
            return GroupUpdate.MODEL.updates().decode(type, stored, 0, stored.length);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private final class View implements GroupStore {

        private final SimProcess process;
        private final List<Runnable> listeners = new ArrayList<>();
        private GroupState seen = state;
        private long seenRevision = revision;
        private long lastCall;

        View(SimProcess process) {
            this.process = process;
        }

        void hear(GroupState news, long number) {
            time.after(time.pause(), process, () -> see(news, number));
        }

        private void see(GroupState news, long number) {
            if (number > seenRevision) {
                seen = news;
                seenRevision = number;
                // Who listens may hear of a change later than the one whose call made it.
                long late = time.random.nextInt(4) == 0 ? time.random.nextLong(lateNanos) : 0;
                time.after(late, process, this::tell);
            }
        }

        private void tell() {
            List.copyOf(listeners).forEach(Runnable::run);
        }

        @Override
        public GroupState state() {
            return seen;
        }

        @Override
        public Future<GroupState> fetch() {
            return decide(newest -> new Decision<>(List.of(), newest, null));
        }

        @Override
        public <T> Future<T> decide(Function<GroupState, Decision<T>> decide) {
            Promise<T> answer = Promise.promise();
            // Calls of one process are decided in the order in which they were made.
            lastCall = Math.max(lastCall, time.nanos() + time.pause());
            time.after(lastCall - time.nanos(), nobody, () -> {
                if (process.crashed && time.random.nextBoolean()) {
                    return; // it died before its function had run, otherwise the call it sent still arrives
                }
                boolean fails = time.random.nextInt(1_000) < faults;
                boolean unknown = time.random.nextInt(1_000) < faults;
                Decision<T> decision = decide.apply(state);
                if (fails || refused.test(decision.updates())) {
                    answerWith(() -> answer.fail(new StrandlineException.Unavailable("the store is away")));
                    return;
                }
                append(decision.updates());
                boolean isLost = unknown || decision.updates().stream().anyMatch(unanswered);
                GroupState behind = state;
                long number = revision;
                answerWith(() -> {
                    if (isLost) {
                        answer.fail(new StrandlineException.Unknown("no answer from the store"));
                        return;
                    }
                    see(behind, number);
                    if (decision.refusal() == null) {
                        answer.complete(decision.answer());
                    } else {
                        answer.fail(decision.refusal());
                    }
                });
            });
            return answer.future();
        }

        private void answerWith(Runnable answer) {
            time.after(time.pause(), process, answer);
        }

        @Override
        public Runnable listen(Runnable changed) {
            listeners.add(changed);
            return () -> listeners.remove(changed);
        }
    }
}
