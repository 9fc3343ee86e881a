package io.strandline.sync.impl.relay;

import io.strandline.StreamName;
import io.strandline.spi.Logger;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Says when to look for news of one name: when the store tells of some, and now and then, because a store may fail to, and so
 * that it is known how old the newest state may be. Belongs to the relay's context.
 *
 * <p>All names of a process that have one interval look at the same moments, so that a store can send their looks together.
 */
final class NewsWatch {

    private static final Logger LOG = Logger.of(NewsWatch.class);

    private final ContextInternal context;
    private final StoreCalls store;
    private final StreamName name;
    private final long refreshMillis;
    private final Tasks tasks;
    private final AtomicBoolean told = new AtomicBoolean();
    private final Promise<Void> stopped = Promise.promise();

    private long timer;
    private boolean running;
    private boolean opening;
    private boolean confirmed;
    private @Nullable Watch watch;

    /** What a watch has done by others. */
    interface Tasks {

        /** Reads the news that the store reported. */
        void read();

        /** Looks for news. Called now and then, if nothing else has asked the store in the meantime. */
        void look();

        /** Reminds the members that still lack something. Called now and then. */
        void remind();
    }

    NewsWatch(ContextInternal context, StoreCalls store, StreamName name, long refreshMillis, Tasks tasks) {
        this.context = context;
        this.store = store;
        this.name = name;
        this.refreshMillis = refreshMillis;
        this.tasks = tasks;
    }

    void start() {
        if (running) {
            return;
        }
        running = true;
        long sinceLast = TimeUnit.NANOSECONDS.toMillis(System.nanoTime()) % refreshMillis;
        timer = context.setTimer(refreshMillis - sinceLast, first -> {
            timer = context.setPeriodic(refreshMillis, fired -> refresh());
            refresh();
        });
        open();
    }

    /** Notes that the deciding store has answered, so that it need not be asked soon. */
    void confirmed() {
        confirmed = true;
    }

    /** Completes when the store has ended the watch. */
    Future<Void> stop() {
        if (running) {
            running = false;
            context.owner().cancelTimer(timer);
        }
        if (!opening) {
            close(watch);
        }
        return stopped.future();
    }

    private void refresh() {
        if (!confirmed) {
            tasks.look();
        }
        confirmed = false;
        tasks.remind();
        open();
    }

    private void open() {
        if (watch != null || opening) {
            return;
        }
        opening = true;
        store.watch(this::tell).onComplete((opened, failure) -> {
            opening = false;
            if (failure != null) {
                LOG.warn("{} is not watched, changes are found every {} ms", name, refreshMillis, failure);
            }
            watch = opened;
            if (!running) {
                close(opened);
            }
        });
    }

    private void close(@Nullable Watch open) {
        if (open == null) {
            stopped.tryComplete();
        } else {
            open.close().onComplete(ended -> context.runOnContext(v -> stopped.tryComplete()));
        }
    }

    /** Runs on a thread of the store. */
    private void tell() {
        if (!told.getAndSet(true)) {
            context.runOnContext(v -> {
                told.set(false);
                if (running) {
                    tasks.read();
                }
            });
        }
    }
}
