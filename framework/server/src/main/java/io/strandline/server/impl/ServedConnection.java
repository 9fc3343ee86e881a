package io.strandline.server.impl;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests.Read;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameReader;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.Incoming;
import io.strandline.client.wire.Welcome;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.server.ServerOptions;
import io.strandline.server.impl.listening.Arrival;
import io.strandline.server.impl.listening.Connection;
import io.strandline.server.impl.listening.Here;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.ToldFailure;
import io.strandline.server.impl.security.CallOrder;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.spi.Logger;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection: frames in, calls of the log, replies out. Everything runs on one context, and answers of the log's threads
 * are moved there, all of a turn together.
 *
 * <p>A request goes: frame → {@link #take} → {@link #request} → {@link Dispatch#serve} → {@link #answered} → {@link ReplyQueue}.
 *
 * <p>What a client can cost is bounded by {@link ServerOptions} and {@link Frame#MAX_REQUEST_HEAD_BYTES}. A request that cannot be read fails alone. Bytes that are no
 * frame, or a frame that a client does not send, end the connection.
 */
final class ServedConnection implements FrameReader.Receiver, Connection, Sessions.Member {

    private static final Logger LOG = Logger.of(ServedConnection.class);

    private enum State {
        /** Nothing but a HELLO is taken. */
        NEW,
        /** HELLO has come. The client is being authenticated, or an earlier connection of the session is about to end. */
        GREETING,
        SERVING,
        /** The server stops: requests are refused. */
        LEAVING,
        OVER
    }

    private final NetSocket socket;
    private final Arrival arrival;
    private final ContextInternal context;
    private final ServerOptions options;
    private final Dispatch dispatch;
    private final Sessions sessions;
    private final FrameReader reader = new FrameReader(this);
    private final ReplyQueue replies;
    private final Waits waits;
    private final CallOrder order;

    /** Answers of the log that have not come to this context yet. */
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Reads that wait until replies have left. */
    private final ArrayDeque<Frame> held = new ArrayDeque<>();

    private State state = State.NEW;
    private @Nullable Hello hello;
    private Identity who = Identity.ANONYMOUS;
    private int requests;
    private long requestBytes;
    private boolean isPaused;
    private final long openedNanos = System.nanoTime();
    private long heardNanos = openedNanos;
    private long frameSinceNanos;
    private long overNanos;
    /** Number in its session. */
    private volatile long number;

    ServedConnection(
            NetSocket socket,
            Arrival arrival,
            ContextInternal context,
            ServerOptions options,
            Dispatch dispatch,
            Sessions sessions) {
        this.socket = socket;
        this.arrival = arrival;
        this.context = context;
        this.options = options;
        this.dispatch = dispatch;
        this.sessions = sessions;
        this.replies = new ReplyQueue(socket, options, this::left);
        this.waits = new Waits(dispatch.port(), dispatch.counts());
        this.order = dispatch.gate().inOrder(context);
    }

    void begin() {
        Incoming.take(socket, this::read);
        socket.exceptionHandler(cause -> end());
    }

    @Override
    public long number() {
        return number;
    }

    // ---- receiving

    private void read(Buffer chunk) {
        if (state == State.OVER) {
            return;
        }
        heardNanos = System.nanoTime();
        if (!reader.isMidFrame()) {
            frameSinceNanos = heardNanos;
        }
        try {
            reader.read(chunk);
        } catch (FrameReader.BadFrame e) {
            refuse(new StrandlineException.Invalid(String.valueOf(e.getMessage())));
        } catch (StrandlineException.Invalid e) {
            refuse(e);
        } catch (RuntimeException | Error e) {
            broken(e);
        }
        if (state != State.OVER) {
            pauseOrResume();
            replies.flush();
        }
    }

    @Override
    public byte @Nullable [] lend(int operation, byte[] head, int bytes) {
        return state == State.SERVING ? dispatch.lend(operation, head, bytes) : null;
    }

    @Override
    public void take(Frame frame) {
        if (state == State.OVER) {
            return;
        }
        frameSinceNanos = heardNanos;
        switch (frame.type()) {
            case HELLO -> greeted(frame);
            case REQUEST -> {
                requireGreeted(frame);
                request(frame);
            }
            case CANCEL -> {
                requireGreeted(frame);
                waits.cancel(frame.id());
            }
            case PING -> {
                requireGreeted(frame);
                replies.add(FrameType.PONG, frame.id());
            }
            case PONG -> requireGreeted(frame);
            default -> throw new StrandlineException.Invalid("a client sends no " + frame.type());
        }
    }

    private void requireGreeted(Frame frame) {
        if (state == State.NEW || state == State.GREETING) {
            throw new StrandlineException.Invalid("a " + frame.type() + " before the greeting was answered");
        }
    }

    // ---- greeting

    private void greeted(Frame frame) {
        if (state != State.NEW) {
            throw new StrandlineException.Invalid("a second HELLO");
        }
        Hello read = Hello.read(new WireInput(frame));
        int version = read.commonVersion();
        hello = read;
        number = read.connection();
        state = State.GREETING;
        dispatch.gate()
                .admit(credentials(read))
                .onComplete((caller, failure) -> context.runOnContext(turned -> {
                    if (state != State.GREETING) {
                        return;
                    }
                    if (failure == null) {
                        who = caller;
                        enter(read, version);
                    } else {
                        refuse(ToldFailure.of(failure, "the greeting"));
                    }
                }));
    }

    private Credentials credentials(Hello read) {
        String shown = new String(read.credentials(), StandardCharsets.UTF_8);
        SocketAddress peer = socket.remoteAddress();
        String address = peer == null ? "unknown" : peer.hostAddress();
        return new Credentials(
                shown.isEmpty() ? Optional.empty() : Optional.of(shown),
                certificate(),
                address == null ? "unknown" : address,
                Door.TCP);
    }

    /** The certificate that the client has shown, which TLS has checked. */
    private Optional<X509Certificate> certificate() {
        SSLSession session = socket.sslSession();
        try {
            return session != null && session.getPeerCertificates()[0] instanceof X509Certificate shown
                    ? Optional.of(shown)
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException none) {
            return Optional.empty();
        }
    }

    private void enter(Hello read, int version) {
        sessions.enter(read.session(), this)
                .onComplete(entered -> context.runOnContext(turned -> {
                    if (state != State.GREETING) {
                        return;
                    }
                    if (entered.succeeded()) {
                        welcome(version);
                    } else {
                        refuse(ToldFailure.of(entered.cause(), "the greeting"));
                    }
                }));
    }

    private void welcome(int version) {
        state = State.SERVING;
        reader.setMaxFrameBytes(options.getMaxFrameBytes());
        reader.setMaxHeadBytes(Frame.MAX_REQUEST_HEAD_BYTES);
        WireOutput message = new WireOutput();
        new Welcome(
                        version,
                        dispatch.port().shards(),
                        dispatch.port().maxEventBytes(),
                        options.getMaxFrameBytes(),
                        options.getMaxRequestsInFlight(),
                        options.getMaxBytesInFlight(),
                        options.getMaxWaits(),
                        options.getIdleMillis(),
                        dispatch.port().identity().id())
                .write(message);
        replies.add(FrameType.WELCOME, 0, message);
        replies.flush();
    }

    // ---- requests

    private void request(Frame frame) {
        if (state == State.LEAVING) {
            WireOutput message = new WireOutput();
            Failures.writeLeaving(message, "the server stops");
            replies.add(FrameType.FAILURE, frame.id(), message);
        } else if (frame.operation() == Operations.AWAIT_EVENTS.number()) {
            awaitEvents(frame);
        } else {
            requests++;
            requestBytes += bytesOf(frame);
            if (isRead(frame) && (!held.isEmpty() || isFull())) {
                held.add(frame);
            } else {
                serve(frame);
            }
        }
    }

    private static long bytesOf(Frame frame) {
        return Frame.cost(frame.head().length, frame.bulkBytes());
    }

    private static boolean isRead(Frame frame) {
        return frame.operation() == Operations.READ_EVENTS.number() || frame.operation() == Operations.HISTORY.number();
    }

    private boolean isFull() {
        return replies.bytes() >= options.getMaxReplyBytes();
    }

    private void serve(Frame frame) {
        long expected = isRead(frame) ? options.getMaxReadBytes() : 0;
        long bytes = bytesOf(frame);
        replies.reserve(expected);
        dispatch.serve(order, who, frame)
                .onComplete((reply, failure) -> post(() -> {
                    replies.release(expected);
                    requests--;
                    requestBytes -= bytes;
                    answered(frame, reply, failure);
                }));
    }

    private void awaitEvents(Frame frame) {
        if (waits.count() >= options.getMaxWaits()) {
            fail(
                    frame,
                    new StrandlineException.Overloaded(waits.count()
                            + " reads of this connection wait for events, the limit is " + options.getMaxWaits()));
            return;
        }
        if (waits.has(frame.id())) {
            throw new StrandlineException.Invalid("a second request " + frame.id() + " that waits");
        }
        Read read;
        try {
            read = Operations.AWAIT_EVENTS.readRequest(frame);
        } catch (StrandlineException e) {
            fail(frame, e);
            return;
        }
        waits.add(frame.id(), read.partition());
        // Permitted before, because the log is not to be asked, and again after a wait that may have been long.
        permitted(read)
                .compose(begun -> {
                    Future<ReadSlice> slice = dispatch.awaitEvents(read);
                    waits.begun(frame.id(), slice);
                    return slice.compose(found -> permitted(read).map(found));
                })
                .onComplete((found, failure) -> post(() -> {
                    waits.remove(frame.id());
                    answered(
                            frame,
                            found == null ? null : () -> Operations.AWAIT_EVENTS.replyOf(affordable(found)),
                            failure);
                }));
    }

    private Future<Void> permitted(Read read) {
        return Here.on(context, dispatch.permit(who, Operations.AWAIT_EVENTS, read));
    }

    /** Waits ask for no room while they wait. Without room one is told that there is something, and then the client reads it. */
    private ReadSlice affordable(ReadSlice found) {
        return isFull() ? new ReadSlice(found.startOffset(), found.endOffset(), found.sealed(), List.of()) : found;
    }

    // ---- replies

    /** Runs a task on this context, with those of other answers that come at the same time. */
    private void post(Runnable task) {
        answers.add(task);
        if (scheduled.compareAndSet(false, true)) {
            context.runOnContext(turned -> {
                scheduled.set(false);
                try {
                    for (Runnable next = answers.poll(); next != null; next = answers.poll()) {
                        next.run();
                    }
                    goOn();
                } catch (RuntimeException | Error e) {
                    broken(e);
                }
            });
        }
    }

    private void answered(Frame request, @Nullable Supplier<WireOutput> reply, @Nullable Throwable failure) {
        if (state == State.OVER) {
            return;
        }
        if (reply == null) {
            fail(request, failure == null ? new IllegalStateException("no reply") : failure);
            return;
        }
        WireOutput message = reply.get();
        long length = Frame.HEADER_REST + message.headBytes() + message.bulkBytes();
        Hello client = hello;
        if (client != null && length > client.maxFrameBytes()) {
            fail(
                    request,
                    new StrandlineException.Invalid(
                            "the reply has " + length + " bytes, and the client takes " + client.maxFrameBytes()));
            return;
        }
        replies.add(FrameType.REPLY, request.id(), message);
    }

    private void fail(Frame request, Throwable failure) {
        dispatch.counts().answered(failure);
        WireOutput message = new WireOutput();
        Failures.write(message, ToldFailure.of(failure, "operation " + request.operation()));
        replies.add(FrameType.FAILURE, request.id(), message);
    }

    private void left() {
        try {
            goOn();
        } catch (RuntimeException | Error e) {
            broken(e);
        }
    }

    /** Goes on after answers, or after bytes have left. */
    private void goOn() {
        if (state == State.OVER) {
            return;
        }
        while (!held.isEmpty() && !isFull()) {
            serve(held.remove());
        }
        pauseOrResume();
        replies.flush();
    }

    /** A connection whose client sends more than it may, or reads nothing, is not read. */
    private void pauseOrResume() {
        boolean mustPause = requests >= options.getMaxRequestsInFlight()
                || requestBytes >= options.getMaxBytesInFlight()
                || replies.unwritten() >= options.getMaxReplyBytes();
        if (mustPause && !isPaused) {
            isPaused = true;
            socket.pause();
        } else if (!mustPause && isPaused) {
            isPaused = false;
            heardNanos = System.nanoTime();
            frameSinceNanos = heardNanos;
            socket.resume();
        }
    }

    // ---- time

    /** Cuts the connection if the client keeps one of its times not. */
    @Override
    public void tick(long nanos) {
        if (state == State.OVER) {
            if (isOver(nanos, overNanos, options.getStallMillis())) {
                arrival.cut();
            }
            return;
        }
        boolean isLate =
                isOver(nanos, openedNanos, options.getHelloMillis()) && (state == State.NEW || state == State.GREETING);
        boolean isHalf = !isPaused && reader.isMidFrame() && isOver(nanos, frameSinceNanos, options.getFrameMillis());
        boolean isIdle = !isPaused && isOver(nanos, heardNanos, options.getIdleMillis());
        boolean isStalled = replies.isStalled(nanos);
        if (isLate || isHalf || isIdle || isStalled) {
            cut();
        } else if (state == State.SERVING || state == State.LEAVING) {
            StrandlineException.Unauthorized expiry = dispatch.gate().expiry(who);
            if (expiry != null) {
                refuse(expiry);
            }
        }
    }

    private void cut() {
        end();
        arrival.cut();
    }

    private static boolean isOver(long nanos, long since, long millis) {
        return nanos - since >= TimeUnit.MILLISECONDS.toNanos(millis);
    }

    // ---- end

    /**
     * Ends the connection because of what was thrown while a frame was read, served or answered, such as for want of memory. So no request
     * waits for an answer that nobody gives. The message is not logged: it may hold the client's bytes.
     */
    private void broken(Throwable thrown) {
        if (state == State.OVER) {
            return;
        }
        end();
        StackTraceElement[] trace = thrown.getStackTrace();
        LOG.error(
                "the connection of a client ends: {} was thrown at {}",
                thrown.getClass().getName(),
                trace.length == 0 ? "an unknown place" : trace[0]);
    }

    /** Ends the connection, and tells the client why. */
    private void refuse(StrandlineException why) {
        if (state == State.OVER) {
            return;
        }
        dispatch.counts().answered(why);
        WireOutput message = new WireOutput();
        Failures.write(message, why);
        replies.add(FrameType.FAILURE, 0, message);
        replies.flush();
        end();
    }

    @Override
    public Future<Void> supersede() {
        Promise<Void> ended = Promise.promise();
        context.runOnContext(turned -> {
            cut();
            ended.complete();
        });
        return ended.future();
    }

    @Override
    public void leave() {
        if (state == State.NEW || state == State.GREETING) {
            end();
        } else if (state == State.SERVING) {
            state = State.LEAVING;
            replies.add(FrameType.LEAVING, 0);
            replies.flush();
            waits.cancelAll();
        }
    }

    @Override
    public void gone() {
        end();
    }

    /**
     * Ends the connection, when what was written has left and at the latest after {@link ServerOptions#getStallMillis}. Requests that the
     * log has stay there, and nobody hears of them.
     */
    @Override
    public void end() {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        overNanos = System.nanoTime();
        Hello client = hello;
        if (client != null) {
            sessions.leave(client.session(), this);
        }
        held.clear();
        order.end();
        waits.cancelAll();
        socket.close();
    }
}
