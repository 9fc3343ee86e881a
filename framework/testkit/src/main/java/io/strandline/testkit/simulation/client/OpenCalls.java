package io.strandline.testkit.simulation.client;

import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.Violations;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.LongSupplier;

/** Calls of applications that are not answered, each with the time by which it must be. */
public final class OpenCalls {

    private final Violations violations;
    private final LongSupplier nanos;
    private final Set<Call> open = new LinkedHashSet<>();

    public OpenCalls(Violations violations, LongSupplier nanos) {
        this.violations = violations;
        this.nanos = nanos;
    }

    /** A call of an application. */
    final class Call {

        private final Object what;
        private final Object application;
        private final long since;
        private final long limitNanos;

        private Call(Object what, Object application, long limitMillis) {
            this.what = what;
            this.application = application;
            this.since = nanos.getAsLong();
            this.limitNanos = limitMillis * 1_000_000;
        }

        /** It was answered. Returns false if its application is gone, and hears nothing any more. */
        boolean end() {
            return open.remove(this);
        }

        private boolean isOverdue(long now) {
            return now - since > limitNanos;
        }

        @Override
        public String toString() {
            return what + " of " + application;
        }
    }

    Call begin(Object what, Object application, long limitMillis) {
        Call call = new Call(what, application, limitMillis);
        open.add(call);
        return call;
    }

    void abandon(Object application) {
        open.removeIf(call -> call.application == application);
    }

    public boolean isEmpty() {
        return open.isEmpty();
    }

    /** To be called now and then. */
    public void check() {
        long now = nanos.getAsLong();
        for (Call call : open) {
            violations.require(
                    !call.isOverdue(now),
                    Invariant.PROGRESS,
                    () -> call + " is not answered after " + (now - call.since) / 1_000_000 + " ms");
        }
    }

    @Override
    public String toString() {
        return open.toString();
    }
}
