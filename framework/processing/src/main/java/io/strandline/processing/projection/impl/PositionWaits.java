package io.strandline.processing.projection.impl;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.projection.Projection;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Callers that wait for positions. Those of partitions that this member has are known here as soon as the store has them. For
 * the others the group is asked, which learns of them with the next commit of their member. Belongs to the projection's context.
 */
final class PositionWaits {

    private final ContextInternal context;
    private final Function<StreamCut, Future<Void>> group;
    /** What the store is known to have: partition → offset. It may have more. */
    private final Map<Long, Long> known = new HashMap<>();
    /** Partitions that this member has. */
    private final Set<Long> held = new TreeSet<>();

    private final Map<Long, Set<Wait>> waiting = new HashMap<>();
    private int count;

    /** One caller. A class, because each is one of its own in the sets above, whatever it waits for. */
    private static final class Wait {

        private final StreamCut cut;

        /** Partitions whose offsets it still waits for. */
        private final Set<Long> missing;

        private final Promise<Void> promise = Promise.promise();
        private boolean asked;

        Wait(StreamCut cut, Set<Long> missing) {
            this.cut = cut;
            this.missing = missing;
        }
    }

    /** @param group asks the group for a position */
    PositionWaits(ContextInternal context, Function<StreamCut, Future<Void>> group) {
        this.context = context;
        this.group = group;
    }

    Future<Void> await(StreamCut cut) {
        Set<Long> missing = new TreeSet<>();
        boolean here = true;
        for (Map.Entry<Long, Long> wanted : cut.offsets().entrySet()) {
            long partition = wanted.getKey();
            if (known.getOrDefault(partition, 0L) < wanted.getValue()) {
                missing.add(partition);
                here &= held.contains(partition);
            }
        }
        if (missing.isEmpty() && known.keySet().containsAll(cut.offsets().keySet())) {
            return Future.succeededFuture();
        }
        if (missing.isEmpty()) {
            return group.apply(cut); // of a partition that nobody here has heard of
        }
        if (count >= Projection.MAX_WAITING) {
            return Future.failedFuture(new StrandlineException.Overloaded(
                    count + " callers wait for positions already, the limit is " + Projection.MAX_WAITING));
        }
        count++;
        Wait wait = new Wait(cut, missing);
        missing.forEach(partition -> waiting.computeIfAbsent(partition, none -> new LinkedHashSet<>())
                .add(wait));
        if (!here) {
            ask(wait);
        }
        return wait.promise.future();
    }

    /** The group knows at last who has come how far. This member may know before, if it gets the partitions. */
    private void ask(Wait wait) {
        if (wait.asked) {
            return;
        }
        wait.asked = true;
        group.apply(wait.cut)
                .onComplete((past, failure) -> context.execute(() -> {
                    forget(wait);
                    if (failure == null) {
                        wait.promise.tryComplete();
                    } else {
                        wait.promise.tryFail(failure);
                    }
                }));
    }

    /** The store has a position, perhaps for long. */
    void reached(long partition, long offset) {
        known.merge(partition, offset, Math::max);
        Set<Wait> waits = waiting.get(partition);
        if (waits == null) {
            return;
        }
        for (Iterator<Wait> all = waits.iterator(); all.hasNext(); ) {
            Wait wait = all.next();
            if (wait.cut.offset(partition) <= offset) {
                all.remove();
                wait.missing.remove(partition);
                if (wait.missing.isEmpty()) {
                    count--;
                    wait.promise.tryComplete();
                }
            }
        }
        if (waits.isEmpty()) {
            waiting.remove(partition);
        }
    }

    /** This member has got a partition. */
    void gained(long partition) {
        held.add(partition);
    }

    /** This member has a partition no longer: the group knows who comes further. */
    void lost(long partition) {
        held.remove(partition);
        Set<Wait> waits = waiting.get(partition);
        if (waits != null) {
            List.copyOf(waits).forEach(this::ask);
        }
    }

    /** Fails who waits here. */
    void fail(Throwable cause) {
        List.copyOf(waiting.values()).forEach(waits -> List.copyOf(waits).forEach(wait -> {
            forget(wait);
            wait.promise.tryFail(cause);
        }));
    }

    private void forget(Wait wait) {
        if (wait.missing.isEmpty()) {
            return;
        }
        count--;
        List.copyOf(wait.missing).forEach(partition -> {
            Set<Wait> waits = waiting.get(partition);
            if (waits != null) {
                waits.remove(wait);
                if (waits.isEmpty()) {
                    waiting.remove(partition);
                }
            }
        });
        wait.missing.clear();
    }
}
