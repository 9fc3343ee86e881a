package io.strandline.client.impl;

import io.strandline.StrandlineException;
import io.strandline.client.wire.Failures;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameReader;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.Hello;
import io.strandline.client.wire.Incoming;
import io.strandline.client.wire.Welcome;
import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.strandline.spi.Logger;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link Link}, from its greeting to its end. Everything runs on the link's context.
 *
 * <p>It keeps within what the server takes of one connection, so the server never stops to read it. Frames of one turn of the
 * event loop are written at once.
 */
final class Connection implements FrameReader.Receiver {

    private static final Logger LOG = Logger.of(Connection.class);

    /** Bytes that are gathered before they are written, even within a turn. */
    private static final int TURN_BYTES = 1 << 20;

    /** Bytes that are written at a time. Netty copies them out of the heap, to memory that the processor then still has in its cache. */
    private static final int PIECE_BYTES = 64 << 10;

    /** Signs of life within the silence after which the server would end the connection. */
    private static final int IDLE_PINGS = 3;

    private static final int WRITE_QUEUE_BYTES = 4 << 20;

    /** What happens to a connection. */
    interface Owner {

        /** The server has answered the greeting: calls may be sent. */
        void greeted(Connection connection);

        /** Calls may be sent again, after answers or because bytes have left. */
        void hasRoom(Connection connection);

        /** The server stops. */
        void leaving(Connection connection);

        /** A call that the server has not begun, because it stops. */
        void notBegun(Call<?, ?> call);

        /** It is over. Called once. */
        void lost(Connection connection, StrandlineException why);
    }

    private final NetSocket socket;
    private final Owner owner;
    private final String place;
    private final FrameReader reader = new FrameReader(this);
    private final FrameWriter writer = new FrameWriter();
    private final RoundTrips trips;
    private final long deadlineNanos;
    private final Map<Long, Call<?, ?>> pending = new LinkedHashMap<>();

    /** Requests that have failed because they were overdue, with their costs. They take room until they are answered. */
    private final Map<Long, Long> abandoned = new HashMap<>();

    private long abandonedBytes;

    private @Nullable Welcome welcome;
    private long newestId;
    private int requests;
    private long requestBytes;
    private int waits;
    private long heardNanos = System.nanoTime();
    private long pingedNanos = heardNanos;
    private boolean isLeaving;
    private boolean isOver;

    /** @param deadlineNanos time that a request has at the server */
    Connection(NetSocket socket, String place, long deadlineNanos, Owner owner) {
        this.socket = socket;
        this.place = place;
        this.deadlineNanos = deadlineNanos;
        this.trips = new RoundTrips(deadlineNanos);
        this.owner = owner;
        socket.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
    }

    void greet(Hello hello) {
        reader.setMaxFrameBytes(hello.maxFrameBytes());
        Incoming.take(socket, this::read);
        socket.exceptionHandler(cause -> end("connection to " + place + " failed: " + cause.getMessage()));
        socket.closeHandler(closed -> end(place + " has closed the connection" + guess()));
        socket.drainHandler(drained -> owner.hasRoom(this));
        WireOutput message = new WireOutput();
        hello.write(message);
        writer.add(FrameType.HELLO, 0, 0, message);
        flush();
    }

    /** Why it may be that the server closes a connection before it has greeted. */
    private String guess() {
        return welcome != null || socket.isSsl()
                ? ""
                : " before a greeting, as a server with TLS does to a client without (ClientOptions.setTls, or --set client.tls.trustFiles=… of a command)";
    }

    // ---- sending

    boolean isGreeted() {
        return welcome != null && !isOver;
    }

    /** True if the server has answered the greeting, also when it is over. */
    boolean wasGreeted() {
        return welcome != null;
    }

    boolean isLeaving() {
        return isLeaving;
    }

    boolean isUnused() {
        return pending.isEmpty();
    }

    /** What the server has said of its log. To be called when it has greeted. */
    Welcome welcome() {
        if (welcome == null) {
            throw new IllegalStateException("not greeted");
        }
        return welcome;
    }

    /** True if the call may be sent now. */
    boolean takes(Call<?, ?> call) {
        Welcome bounds = welcome;
        if (bounds == null || isLeaving || isOver || socket.writeQueueFull()) {
            return false;
        }
        return call.isWait()
                ? waits < bounds.maxWaits()
                : requests == 0
                        || (requests < bounds.maxRequestsInFlight()
                                && requestBytes + call.cost() <= bounds.maxBytesInFlight());
    }

    /** Why the call cannot be sent on this connection, now or in a moment. Null if it can. */
    @Nullable
    StrandlineException refusal(Call<?, ?> call) {
        Welcome bounds = welcome;
        return bounds != null && call.isWait() && waits >= bounds.maxWaits()
                ? new StrandlineException.Overloaded(
                        waits + " readers of this client wait for events, the server's limit is " + bounds.maxWaits())
                : null;
    }

    /** Sends a call, with the next {@link #flush}. */
    void send(Call<?, ?> call) {
        Welcome bounds = welcome();
        long length = Frame.HEADER_REST + call.bytes();
        if (length > bounds.maxFrameBytes()) {
            call.fail(new StrandlineException.Invalid("request " + call.operation() + " has " + length
                    + " bytes, the server takes " + bounds.maxFrameBytes()));
            return;
        }
        int head = call.message().headBytes();
        if (head > Frame.MAX_REQUEST_HEAD_BYTES) {
            call.fail(new StrandlineException.Invalid("request " + call.operation() + " has " + head
                    + " bytes beside its events, the limit is " + Frame.MAX_REQUEST_HEAD_BYTES));
            return;
        }
        long id = ++newestId;
        call.sent(id);
        pending.put(id, call);
        if (call.isWait()) {
            waits++;
        } else {
            requests++;
            requestBytes += call.cost();
        }
        writer.add(FrameType.REQUEST, call.operation().number(), id, call.message());
        if (writer.bytes() >= TURN_BYTES) {
            flush();
        }
    }

    /** Asks the server to answer a wait, whatever has come. */
    void cancel(Call<?, ?> call) {
        if (pending.get(call.id()) == call) {
            writer.add(FrameType.CANCEL, call.id());
            flush();
        }
    }

    void flush() {
        if (!writer.isEmpty() && !isOver) {
            Buffer frames = writer.take();
            for (int from = 0; from < frames.length(); from += PIECE_BYTES) {
                socket.write(frames.slice(from, Math.min(from + PIECE_BYTES, frames.length())));
            }
        }
    }

    // ---- receiving

    private void read(Buffer chunk) {
        if (isOver) {
            return;
        }
        heardNanos = System.nanoTime();
        try {
            reader.read(chunk);
        } catch (FrameReader.BadFrame | StrandlineException.Invalid e) {
            end("bytes of " + place + " that are none of a server of Strandline: " + e.getMessage());
            return;
        } catch (RuntimeException | Error e) { // its calls must not wait for a connection that is nobody's
            LOG.error("a frame of {} could not be read", place, e);
            end("a frame of " + place + " could not be read: " + e.getClass().getName());
            return;
        }
        if (!isOver) {
            owner.hasRoom(this);
            flush();
        }
    }

    @Override
    public void take(Frame frame) {
        if (isOver) {
            return;
        }
        switch (frame.type()) {
            case WELCOME -> welcomed(frame);
            case REPLY -> answered(frame);
            case FAILURE -> failed(frame);
            case PING -> writer.add(FrameType.PONG, frame.id());
            case PONG -> failOverdue(trips.answered(frame.id(), System.nanoTime()));
            case LEAVING -> {
                isLeaving = true;
                owner.leaving(this);
            }
            default -> throw new StrandlineException.Invalid("a frame of type " + frame.type());
        }
    }

    private void welcomed(Frame frame) {
        if (welcome != null) {
            throw new StrandlineException.Invalid("a second WELCOME");
        }
        welcome = Welcome.read(new WireInput(frame));
        owner.greeted(this);
    }

    private void answered(Frame frame) {
        if (isAbandoned(frame)) {
            return;
        }
        Call<?, ?> call = settled(frame);
        try {
            call.complete(frame);
        } catch (StrandlineException.Invalid e) {
            call.failUnanswered("the reply of " + place + " cannot be read: " + e.getMessage());
            throw e;
        } catch (RuntimeException | Error e) {
            call.failUnanswered("the reply of " + place + " cannot be read");
            throw e;
        }
    }

    /** True if nobody waits for this answer any more. Its request takes no room from now on. */
    private boolean isAbandoned(Frame frame) {
        Long cost = abandoned.remove(frame.id());
        if (cost == null) {
            return false;
        }
        requests--;
        requestBytes -= cost;
        abandonedBytes -= cost;
        return true;
    }

    private Call<?, ?> settled(Frame frame) {
        Call<?, ?> call = pending.remove(frame.id());
        if (call == null) {
            throw new StrandlineException.Invalid("an answer to request " + frame.id() + ", which is not there");
        }
        if (call.isWait()) {
            waits--;
        } else {
            requests--;
            requestBytes -= call.cost();
        }
        return call;
    }

    private void failed(Frame frame) {
        if (frame.id() == 0) {
            StrandlineException why = Failures.read(new WireInput(frame), false).failure();
            end(why);
            return;
        }
        if (isAbandoned(frame)) {
            return;
        }
        Call<?, ?> call = settled(frame);
        Failures.Received received =
                Failures.read(new WireInput(frame), call.operation().mayChange());
        if (received.isLeaving()) {
            owner.notBegun(call);
        } else {
            call.fail(received.failure());
        }
    }

    // ---- time

    /** Asks for a sign of life, and ends a connection that gives none. */
    void tick(long nanos, long pingNanos, long silenceNanos) {
        if (nanos - heardNanos >= silenceNanos) {
            end(place + " was silent for " + silenceNanos / 1_000_000 + " ms");
        } else if (welcome != null
                && nanos - pingedNanos
                        >= Math.min(
                                Math.min(pingNanos, deadlineNanos), welcome.idleMillis() * 1_000_000 / IDLE_PINGS)) {
            pingedNanos = nanos;
            writer.add(FrameType.PING, trips.asked(newestId, nanos));
            flush();
        }
    }

    /**
     * Fails the requests up to this one that are not answered. What is sent later cannot overtake them: the server takes the requests of a
     * connection in their order, and those of the next connection when it takes none of this one.
     */
    private void failOverdue(long newestOverdue) {
        List<Call<?, ?>> overdue = new ArrayList<>();
        for (Call<?, ?> call : pending.values()) {
            if (call.id() > newestOverdue) {
                break;
            }
            if (!call.operation().isOpenEnded()) {
                overdue.add(call);
            }
        }
        for (Call<?, ?> call : overdue) {
            pending.remove(call.id());
            abandoned.put(call.id(), call.cost());
            abandonedBytes += call.cost();
            call.failUnanswered(place + " has had it for more than " + deadlineNanos / 1_000_000 + " ms");
        }
        if (!overdue.isEmpty()
                && (2L * abandoned.size() >= welcome().maxRequestsInFlight()
                        || 2 * abandonedBytes >= welcome().maxBytesInFlight())) {
            end(place + " does not answer " + abandoned.size() + " requests");
        }
    }

    // ---- end

    /** Ends it. Calls that are not answered are left to {@link #takePending}. */
    void end(String why) {
        end(new StrandlineException.Unavailable(why));
    }

    /** Ends it for a reason that will not pass. */
    void refuse(StrandlineException why) {
        end(why);
    }

    private void end(StrandlineException why) {
        if (!isOver) {
            isOver = true;
            socket.close();
            owner.lost(this, why);
        }
    }

    /** The calls that were sent and not answered, in the order of their sending. */
    List<Call<?, ?>> takePending() {
        List<Call<?, ?>> calls = new ArrayList<>(pending.values());
        pending.clear();
        abandoned.clear();
        return calls;
    }
}
