package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.impl.Approach.Shown;
import io.strandline.client.operation.Repeat;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.Welcome;
import io.strandline.spi.Backoff;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The way of a client's calls to a server: one connection at a time, and the next one when it is lost. Calls come from any
 * thread, and everything else runs on one context of its own.
 *
 * <ul>
 * <li>A call that may be repeated waits while there is no connection, and is sent again on the next one.
 * <li>An append is not sent again by the link. It fails, Unavailable if it was never sent and Unknown if it was, and its writer
 *     repeats it.
 * <li>All others fail with Unknown if they were sent.
 * </ul>
 *
 * <p>All connections of a link are of one session. The server answers the greeting of a connection when it takes nothing more of
 * those before it. So what failed here is never taken after something that was sent later, as {@link
 * io.strandline.spi.LogPort#append} promises.
 */
final class Link implements Connection.Owner {

    private static final Logger LOG = Logger.of(Link.class);
    private static final long TICK_MILLIS = 100;
    /** A connection that lived shorter is no reason to try the next one at once. */
    private static final long LIVED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int MAX_TEXT = 500;

    private final Addresses addresses;
    private final ClientOptions options;
    private final Approach approach;
    private final ContextInternal context;
    private final Hello.Session session;

    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicInteger calls = new AtomicInteger();

    private final ArrayDeque<Call<?, ?>> waiting = new ArrayDeque<>();
    private final Backoff backoff = new Backoff();
    private final Refusals refusals;
    private final Promise<Welcome> opened = Promise.promise();
    private @Nullable NetClient client;
    private @Nullable Connection connection;
    /** The server of the newest connection, and what it was shown. */
    private @Nullable SocketAddress greeted;

    private @Nullable Shown shown;
    private long connections;
    private int turn;
    /** The first refusal of a server that is not for the moment alone. */
    private @Nullable StrandlineException refusal;

    private long greetedNanos;
    private long openDeadlineNanos;
    private String lastFailure = "no connection was tried";

    private long timer = -1;
    /** Of the next attempt to connect. */
    private long pause = -1;

    private boolean isClosed;

    /** @param refusedMillis shortest time for which a server is not shown again what it has refused */
    Link(Vertx vertx, Addresses addresses, ClientOptions options, long refusedMillis) {
        this.addresses = addresses;
        this.options = options;
        this.refusals = new Refusals(refusedMillis);
        this.approach = new Approach(vertx, options);
        // Of no verticle: what a verticle opens may outlive it. And with an end of its own: a Vert.x that closes would
        // otherwise end the connection while pipelines and groups still need it for their last steps.
        this.context = ((VertxInternal) vertx)
                .contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withCloseFuture(new CloseFuture())
                .build();
        SecureRandom random = new SecureRandom();
        this.session = new Hello.Session(random.nextLong(), random.nextLong());
    }

    /** Connects. Fails if no server has answered within the time of a call. */
    Future<Welcome> open() {
        post(() -> {
            openDeadlineNanos = System.nanoTime() + callNanos();
            client = context.owner()
                    .createNetClient(new NetClientOptions().setTcpNoDelay(true).setConnectTimeout((int)
                            options.getConnectTimeoutMillis()));
            timer = context.setPeriodic(TICK_MILLIS, ticked -> tick());
            connect();
        });
        return opened.future();
    }

    private long callNanos() {
        return TimeUnit.MILLISECONDS.toNanos(options.getCallTimeoutMillis());
    }

    private long requestNanos() {
        return TimeUnit.MILLISECONDS.toNanos(options.getRequestTimeoutMillis());
    }

    /** Until when a call may wait that begins to wait now: for a connection, or for room on one that lives. */
    private long waitsUntil() {
        return System.nanoTime() + (isDown() ? callNanos() : requestNanos());
    }

    // ---- calls, from any thread

    <R> Future<R> call(Call<?, R> call) {
        if (calls.incrementAndGet() > options.getMaxCalls()) {
            calls.decrementAndGet();
            return Future.failedFuture(new StrandlineException.Overloaded(
                    options.getMaxCalls() + " calls of " + addresses.text() + " are not answered, which is the limit"));
        }
        call.future().onComplete(ended -> calls.decrementAndGet());
        post(() -> enter(call));
        return call.future();
    }

    /** Gives up a wait. */
    void stopWaiting(Call<?, ?> call) {
        post(() -> {
            call.giveUp();
            if (connection != null) {
                connection.cancel(call);
            }
        });
    }

    /** Tasks are run in their order. Those of one turn are run together, and what they send is written at once. */
    private void post(Runnable task) {
        inbox.add(task);
        if (scheduled.compareAndSet(false, true)) {
            context.runOnContext(turned -> runPosted());
        }
    }

    private void runPosted() {
        scheduled.set(false);
        for (Runnable task = inbox.poll(); task != null; task = inbox.poll()) {
            task.run();
        }
        if (connection != null) {
            connection.flush();
        }
    }

    private void enter(Call<?, ?> call) {
        if (isClosed) {
            call.fail(closed());
        } else if (isShutOut()) {
            call.failUnauthorized(lastFailure);
        } else if (connection != null && waiting.isEmpty() && sent(connection, call)) {
            return;
        } else if (isDown() && call.operation().repeat() == Repeat.BY_CALLER) {
            call.failUnanswered(lastFailure);
        } else {
            call.waitUntil(waitsUntil());
            waiting.add(call);
        }
    }

    /** Sends a call if it may be sent now. Fails one that this server does not take. */
    private static boolean sent(Connection to, Call<?, ?> call) {
        StrandlineException refusal = to.refusal(call);
        if (refusal != null) {
            call.fail(refusal);
        } else if (to.takes(call)) {
            to.send(call);
        } else {
            return false;
        }
        return true;
    }

    private boolean isDown() {
        return connection == null || !connection.isGreeted() || connection.isLeaving();
    }

    private StrandlineException.Unavailable closed() {
        return new StrandlineException.Unavailable("log " + addresses.text() + " is closed");
    }

    // ---- connecting

    private void connect() {
        NetClient net = client;
        if (isClosed || net == null) {
            return;
        }
        SocketAddress server = addresses.server(turn);
        // All of it completes on this context, on which it is called. The socket must have its handler before bytes
        // come.
        approach.shown().onFailure(this::notConnected).onSuccess(next -> {
            StrandlineException refused = refusals.whyNot(server, next, System.nanoTime());
            if (refused != null) {
                notConnected(refused);
                return;
            }
            net.connect(approach.to(server, next))
                    .onSuccess(socket -> greet(socket, server, next))
                    .onFailure(cause -> notConnected(new StrandlineException.Unavailable(
                            "no connection to " + server + ": " + cause.getMessage())));
        });
    }

    private void greet(NetSocket socket, SocketAddress server, Shown next) {
        if (isClosed) {
            socket.close();
            return;
        }
        Connection made = new Connection(socket, server.toString(), requestNanos(), this);
        connection = made;
        greeted = server;
        shown = next;
        made.greet(new Hello(
                Hello.VERSION,
                Hello.VERSION,
                session,
                ++connections,
                options.getMaxFrameBytes(),
                "strandline-client",
                next.credentials().getBytes()));
        context.setTimer(options.getConnectTimeoutMillis(), late -> {
            if (!made.isGreeted() && connection == made) {
                made.end(server + " did not answer the greeting within " + options.getConnectTimeoutMillis() + " ms");
            }
        });
    }

    /** True if every server has refused the client, and it has nothing else to show. Lasts until one of them is asked again. */
    private boolean isShutOut() {
        return !approach.mayChange() && refusals.byAll(addresses.servers()) != null;
    }

    private void notConnected(Throwable cause) {
        StrandlineException why = cause instanceof StrandlineException known
                ? known
                : new StrandlineException.Unavailable(String.valueOf(cause.getMessage()));
        lastFailure = printable(why);
        turn++;
        if (refusal == null && !why.isTransient()) {
            refusal = why;
        }
        if (!opened.future().isComplete() && isHopeless()) {
            opened.fail(
                    refusal == null
                            ? new StrandlineException.Unavailable("log " + addresses.text() + " was not reached within "
                                    + options.getCallTimeoutMillis() + " ms: " + lastFailure)
                            : refusal);
            return;
        }
        if (isShutOut()) {
            waiting.forEach(call -> call.failUnauthorized(lastFailure));
            waiting.clear();
            connectAfter(Math.max(backoff.next(), refusals.millisLeft(System.nanoTime())));
            return;
        }
        long lived = System.nanoTime() - greetedNanos;
        if (greetedNanos != 0 && lived >= LIVED_NANOS) {
            greetedNanos = 0;
            backoff.reset();
            connect();
        } else {
            connectAfter(backoff.next());
        }
    }

    private void connectAfter(long millis) {
        if (!isClosed) {
            pause = context.setTimer(millis, paused -> connect());
        }
    }

    /** True if an opening fails: its time is over, or all servers were tried and one refused, which it would do again. */
    private boolean isHopeless() {
        return System.nanoTime() - openDeadlineNanos >= 0
                || (refusal != null && turn >= addresses.servers().size());
    }

    /** A text of a server, for log lines: without line breaks, and not long. */
    private static String printable(StrandlineException why) {
        String text = String.valueOf(why.getMessage()).replaceAll("\\p{Cntrl}", " ");
        return text.length() > MAX_TEXT ? text.substring(0, MAX_TEXT) : text;
    }

    @Override
    public void greeted(Connection greeted) {
        Welcome welcome = greeted.welcome();
        long needed = (long) welcome.maxEventBytes() + Frame.BESIDE_EVENT_BYTES;
        if (needed > options.getMaxFrameBytes()) {
            greeted.refuse(new StrandlineException.Invalid("maxFrameBytes is " + options.getMaxFrameBytes()
                    + ", and a largest event of the server's log, with what crosses beside it, needs " + needed));
            return;
        }
        if (opened.future().succeeded() && opened.future().result().shards() != welcome.shards()) {
            greeted.end("the server has another log, of " + welcome.shards() + " shards instead of "
                    + opened.future().result().shards());
            return;
        }
        if (opened.future().succeeded()
                && isOther(welcome.log(), opened.future().result().log())) {
            greeted.end("the server has another log, " + welcome.log() + " instead of "
                    + opened.future().result().log());
            return;
        }
        greetedNanos = System.nanoTime() | 1;
        opened.tryComplete(welcome);
        sendWaiting();
        long until = waitsUntil();
        waiting.forEach(call -> call.waitUntil(until));
    }

    /** True if both ids are known, and of two logs. */
    private static boolean isOther(String log, String before) {
        return !log.isEmpty() && !before.isEmpty() && !log.equals(before);
    }

    // ---- what happens to the connection

    @Override
    public void hasRoom(Connection ready) {
        if (ready == connection) {
            if (ready.isLeaving() && ready.isUnused()) {
                ready.end("the server stops");
            } else {
                sendWaiting();
                ready.flush();
            }
        }
    }

    private void sendWaiting() {
        while (connection != null && !waiting.isEmpty() && sent(connection, waiting.element())) {
            waiting.remove();
        }
    }

    @Override
    public void leaving(Connection left) {
        lastFailure = "the server stops";
        failAppends();
        beginToWait();
    }

    @Override
    public void notBegun(Call<?, ?> call) {
        if (call.operation().repeat() == Repeat.BY_CALLER) {
            call.fail(new StrandlineException.Unavailable("the server stops, and did not begin " + call.operation()));
        } else {
            call.waitUntil(waitsUntil());
            waiting.add(call);
        }
    }

    /** The way is down from now on. Calls that have waited for room have their time without a connection before them. */
    private void beginToWait() {
        long until = System.nanoTime() + callNanos();
        waiting.forEach(call -> call.waitUntil(until));
    }

    /** Appends that wait for room: while there is no connection, their writers are to know it. */
    private void failAppends() {
        for (Iterator<Call<?, ?>> all = waiting.iterator(); all.hasNext(); ) {
            Call<?, ?> call = all.next();
            if (call.operation().repeat() == Repeat.BY_CALLER) {
                all.remove();
                call.failUnanswered(lastFailure);
            }
        }
    }

    @Override
    public void lost(Connection gone, StrandlineException why) {
        if (connection != gone) {
            return;
        }
        if (gone.wasGreeted() && !gone.isLeaving()) {
            beginToWait();
        }
        connection = null;
        noteRefusal(gone, why);
        if (!isClosed) {
            LOG.info("connection of {} is lost: {}", addresses.text(), printable(why));
        }
        String text = isClosed ? "the log was closed" : printable(why);
        long until = System.nanoTime() + callNanos();
        List<Call<?, ?>> pending = gone.takePending();
        for (int i = pending.size() - 1; i >= 0; i--) {
            Call<?, ?> call = pending.get(i);
            if (call.isRepeatable() && !isClosed) {
                call.waitUntil(until);
                waiting.addFirst(call);
            } else {
                call.failUnanswered(text);
            }
        }
        if (!isClosed) {
            notConnected(why);
            failAppends();
        }
    }

    /** Only a refused greeting counts. After one, as when a user is changed, the same credentials may be valid on the next connection. */
    private void noteRefusal(Connection gone, StrandlineException why) {
        if (why instanceof StrandlineException.Unauthorized refused
                && !gone.wasGreeted()
                && greeted != null
                && shown != null) {
            refusals.add(greeted, shown, refused, System.nanoTime());
        }
    }

    // ---- time

    private void tick() {
        long now = System.nanoTime();
        if (connection != null) {
            connection.tick(
                    now,
                    TimeUnit.MILLISECONDS.toNanos(options.getPingMillis()),
                    TimeUnit.MILLISECONDS.toNanos(options.getSilenceMillis()));
        }
        if (waiting.isEmpty()) {
            return;
        }
        StrandlineException refused = refusals.byAll(addresses.servers());
        for (Iterator<Call<?, ?>> all = waiting.iterator(); all.hasNext(); ) {
            Call<?, ?> call = all.next();
            boolean isLate = call.isOverdue(now);
            if (!isLate && !call.isGivenUp()) {
                continue;
            }
            all.remove();
            if (!isLate) {
                call.failUnanswered("it was given up");
            } else if (!isDown()) {
                call.failUnanswered(
                        "it found no room on the connection within " + options.getRequestTimeoutMillis() + " ms");
            } else if (refused != null) {
                call.failUnauthorized(String.valueOf(refused.getMessage()));
            } else {
                call.failUnanswered(lastFailure);
            }
        }
    }

    // ---- end

    Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        post(() -> {
            closeNow();
            closed.complete();
        });
        return closed.future();
    }

    private void closeNow() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        context.owner().cancelTimer(timer);
        context.owner().cancelTimer(pause);
        if (connection != null) {
            connection.end("the log was closed");
        }
        waiting.forEach(call -> call.fail(closed()));
        waiting.clear();
        opened.tryFail(closed());
        if (client != null) {
            client.close();
        }
    }
}
