package io.strandline.sync.log;

import io.netty.channel.EventLoop;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.Watchers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The open names of a store, each on its own context, and the access to them from any thread.
 *
 * <p>A name lives on the event loop of its first caller. If this caller is also its writer, as with a relay, the path to
 * the store costs no switch of threads.
 */
final class OpenNames {

    private final VertxInternal vertx;
    private final Strandline log;
    private final LogStoreOptions options;
    private final Watchers watchers;
    private final ConcurrentMap<StreamName, Open> open = new ConcurrentHashMap<>();
    private volatile boolean closed;

    OpenNames(Vertx vertx, Strandline log, LogStoreOptions options, Watchers watchers) {
        this.vertx = (VertxInternal) vertx;
        this.log = log;
        this.options = options;
        this.watchers = watchers;
    }

    /** A name, its context, and who is using it. */
    private static final class Open {
        private final StreamName name;
        private final ContextInternal home;
        private final LoggedName logged;
        private final AtomicInteger calls = new AtomicInteger();
        private volatile long usedAtNanos = System.nanoTime();
        private volatile boolean retiring;

        Open(StreamName name, ContextInternal home, LoggedName logged) {
            this.name = name;
            this.home = home;
            this.logged = logged;
        }
    }

    /** Runs a call on the home context of a name. */
    <T> Future<T> call(StreamName name, Function<LoggedName, Future<T>> action) {
        return Attempt.of(() -> call(open(name), action));
    }

    private <T> Future<T> call(Open named, Function<LoggedName, Future<T>> action) {
        if (named.calls.incrementAndGet() > options.getMaxCallsPerName()) {
            named.calls.decrementAndGet();
            throw new StrandlineException.Overloaded("the store of " + named.name + " has "
                    + options.getMaxCallsPerName() + " calls to answer, the limit");
        }
        named.usedAtNanos = System.nanoTime();
        Promise<T> reply = Promise.promise();
        named.home.emit(here -> run(named, action).onComplete(result -> {
            named.calls.decrementAndGet();
            reply.handle(result);
        }));
        return reply.future();
    }

    private <T> Future<T> run(Open named, Function<LoggedName, Future<T>> action) {
        return named.logged.isClosed() ? call(named.name, action) : Attempt.of(() -> action.apply(named.logged));
    }

    private Open open(StreamName name) {
        Open known = open.get(name);
        if (known == null) {
            makeRoom(name);
            known = open.computeIfAbsent(name, this::create);
        }
        if (closed) {
            throw new StrandlineException.Unavailable("the store of " + name + " is closed");
        }
        return known;
    }

    private Open create(StreamName name) {
        ContextInternal caller = ContextInternal.current();
        EventLoop loop = caller == null ? vertx.nettyEventLoopGroup().next() : caller.nettyEventLoop();
        ContextInternal home = vertx.contextBuilder().withEventLoop(loop).build();
        return new Open(
                name,
                home,
                new LoggedName(home, log, LogRevisionStore.streamOf(name), options, () -> watchers.tell(name)));
    }

    // ---- room

    /**
     * Closes the name that nobody has used for the longest time, if there are as many as may be. It goes on its own context a
     * moment later, so there may be more for a moment, but never twice as many.
     */
    private void makeRoom(StreamName next) {
        if (open.size() < options.getMaxOpenNames()) {
            return;
        }
        Open oldest = null;
        for (Open candidate : open.values()) {
            boolean idle = !candidate.retiring && candidate.calls.get() == 0 && watchers.isUnwatched(candidate.name);
            if (idle && (oldest == null || candidate.usedAtNanos - oldest.usedAtNanos < 0)) {
                oldest = candidate;
            }
        }
        if (oldest == null) {
            throw new StrandlineException.Overloaded(next + " cannot be opened: " + open.size()
                    + " names are in use, the limit is " + options.getMaxOpenNames());
        }
        retire(oldest);
    }

    private void retire(Open idle) {
        idle.retiring = true;
        idle.home.runOnContext(here -> {
            if (idle.calls.get() > 0 || !watchers.isUnwatched(idle.name)) {
                idle.retiring = false;
            } else {
                open.remove(idle.name, idle);
                idle.logged.close();
            }
        });
    }

    /** Closes all names. Calls fail with Unavailable from now on. */
    Future<Void> close() {
        closed = true;
        List<Future<Void>> ended = new ArrayList<>();
        for (Open named : open.values()) {
            Promise<Void> end = Promise.promise();
            named.home.emit(here -> named.logged.close().onComplete(end));
            ended.add(end.future());
        }
        open.clear();
        return Future.join(ended).mapEmpty();
    }
}
