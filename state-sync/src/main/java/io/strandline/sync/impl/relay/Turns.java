package io.strandline.sync.impl.relay;

import io.strandline.sync.spi.AppendId;
import io.vertx.core.internal.ContextInternal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gives the members of a relay turns, one at a time, first come first served, and hands out the ids of their revisions. A
 * turn that is not begun soon is taken back. Belongs to the relay's context.
 */
final class Turns {

    /** How long a member may leave a turn unclaimed while others wait. */
    static final long TURN_MILLIS = 5;

    private final ContextInternal context;
    private final Consumer<Runnable> run;
    private final Set<RelayMember> waiting = new LinkedHashSet<>();
    private @Nullable Turn out;
    private AppendId last;
    private boolean timed;

    /** @param run runs something on the relay and then what it made possible */
    Turns(ContextInternal context, UUID writer, Consumer<Runnable> run) {
        this.context = context;
        this.run = run;
        this.last = new AppendId(writer, 0);
    }

    void want(RelayMember member) {
        waiting.add(member);
    }

    void forget(RelayMember member) {
        waiting.remove(member);
    }

    boolean areWanted() {
        return !waiting.isEmpty();
    }

    boolean isOut() {
        return out != null;
    }

    /** Puts members before those that wait, in their order. */
    void putFirst(Set<RelayMember> members) {
        Set<RelayMember> order = new LinkedHashSet<>(members);
        order.addAll(waiting);
        waiting.clear();
        waiting.addAll(order);
    }

    /** Offers the first that waits a turn. */
    void offer(Batch forming, Chain chain) {
        RelayMember member = waiting.iterator().next();
        waiting.remove(member);
        Turn offered = new Turn(member, forming.number(), chain, last, forming.revisionsLeft(), forming.bytesLeft());
        out = offered;
        try {
            member.deliver(new Mail(chain, List.of(), offered));
        } finally {
            if (out == offered) {
                takeBackLater(offered);
            }
        }
    }

    /** Ends a turn. Returns false if it was ended before. */
    boolean end(Turn ended, int made) {
        if (ended != out) {
            return false;
        }
        out = null;
        last = new AppendId(last.writer(), last.count() + made);
        return true;
    }

    /** Ends the current turn, if there is one. Its results are based on discarded revisions. */
    void takeBack(Batch forming) {
        Turn current = out;
        out = null;
        if (current != null && !current.claim()) {
            forming.concern(current.member());
            last = new AppendId(last.writer(), last.count() + current.maxRevisions()); // it may have used them
        }
    }

    private void takeBackLater(Turn offered) {
        if (timed) {
            return;
        }
        timed = true;
        context.setTimer(
                TURN_MILLIS,
                fired -> run.accept(() -> {
                    timed = false;
                    Turn current = out;
                    if (current == offered && offered.claim()) {
                        out = null; // the member asks again when it comes to it
                    } else if (current != null) {
                        takeBackLater(current);
                    }
                }));
    }
}
