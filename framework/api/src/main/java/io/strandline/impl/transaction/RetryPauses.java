package io.strandline.impl.transaction;

import io.strandline.StrandlineException;
import io.strandline.spi.RetryTime;
import io.vertx.core.internal.ContextInternal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pauses of calls that are repeated. They end with the log, because the timers of a Vert.x that closes never fire, and
 * nobody would answer the calls then.
 */
final class RetryPauses {

    private final Supplier<@Nullable StrandlineException> over;
    private final RetryTime time;
    private final Set<Pause> pending = ConcurrentHashMap.newKeySet();

    /**
     * @param over why the log answers no more, or null while it does
     * @param time their clock and their randomness
     */
    RetryPauses(Supplier<@Nullable StrandlineException> over, RetryTime time) {
        this.time = time;
        this.over = over;
    }

    private final class Pause {

        private final ContextInternal context;
        private final Runnable goOn;

        Pause(ContextInternal context, Runnable goOn) {
            this.context = context;
            this.goOn = goOn;
        }

        void end() {
            if (pending.remove(this)) {
                goOn.run();
            }
        }
    }

    /** The clock and the randomness of the pauses. */
    RetryTime time() {
        return time;
    }

    /** Why the log answers no more, or null while it does. */
    @Nullable
    StrandlineException over() {
        return over.get();
    }

    /** Continues on the context after a while, or when the log is closed. */
    void then(ContextInternal context, long millis, Runnable goOn) {
        Pause pause = new Pause(context, goOn);
        pending.add(pause);
        context.setTimer(millis, due -> pause.end());
        if (over.get() != null) {
            // The log may have ended all pauses before this one was among them.
            context.runOnContext(now -> pause.end());
        }
    }

    /** Ends all pauses: the log is closed. */
    void end() {
        List.copyOf(pending).forEach(pause -> pause.context.runOnContext(now -> pause.end()));
    }
}
