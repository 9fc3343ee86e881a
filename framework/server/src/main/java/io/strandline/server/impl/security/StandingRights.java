package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.Security;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The rights of what goes on, such as subscriptions, decided again and again. Callable from any thread. */
final class StandingRights {

    /** How often it is looked whether rules have changed, in milliseconds. */
    private static final long LOOK_MILLIS = 500;

    private static final class Standing {

        private final Supplier<Future<Void>> check;
        private final Consumer<StrandlineException> lost;
        private final AtomicBoolean isOver = new AtomicBoolean();

        Standing(Supplier<Future<Void>> check, Consumer<StrandlineException> lost) {
            this.check = check;
            this.lost = lost;
        }
    }

    private final Vertx vertx;
    private final Security security;
    private final ContextInternal context;
    private final Set<Standing> all = ConcurrentHashMap.newKeySet();
    private final long recheckNanos;
    private long timer = -1;
    private long version;
    private long checkedNanos;

    StandingRights(Vertx vertx, Security security) {
        this.vertx = vertx;
        this.security = security;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.recheckNanos = TimeUnit.MILLISECONDS.toNanos(security.options().getRecheckMillis());
    }

    /** As {@link Gate#keep}. */
    Runnable keep(Supplier<Future<Void>> check, Consumer<StrandlineException> lost) {
        Standing standing = new Standing(check, lost);
        all.add(standing);
        context.runOnContext(turned -> {
            watch();
            // The rules may have changed since it was let through.
            look(standing);
        });
        return () -> {
            if (standing.isOver.compareAndSet(false, true)) {
                all.remove(standing);
            }
        };
    }

    /** Looks while there is something to look at. */
    private void watch() {
        if (timer < 0 && !all.isEmpty()) {
            checkedNanos = System.nanoTime();
            version = present();
            timer = context.setPeriodic(Math.min(LOOK_MILLIS, security.options().getRecheckMillis()), ticked -> look());
        }
    }

    /** What cannot be told is no change: it is decided again after a while. */
    private long present() {
        try {
            return security.authorization().version();
        } catch (Throwable thrown) {
            return version;
        }
    }

    private void look() {
        if (all.isEmpty()) {
            vertx.cancelTimer(timer);
            timer = -1;
            return;
        }
        long now = System.nanoTime();
        long present = present();
        if (present == version && now - checkedNanos < recheckNanos) {
            return;
        }
        version = present;
        checkedNanos = now;
        all.forEach(this::look);
    }

    private void look(Standing standing) {
        standing.check.get().onFailure(why -> ended(standing, why));
    }

    private void ended(Standing standing, Throwable why) {
        // What cannot be decided now goes on until it can.
        if (why instanceof StrandlineException known
                && !known.isTransient()
                && standing.isOver.compareAndSet(false, true)) {
            all.remove(standing);
            standing.lost.accept(known);
        }
    }
}
