package io.strandline.processing.aggregate.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.Aggregate;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.CommandOptions;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.Requirement;
import io.strandline.spi.BytesOutput;
import io.strandline.spi.UserCode;
import io.strandline.sync.bus.BusMessage;
import io.vertx.core.buffer.Buffer;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of calls to aggregates that are open elsewhere, each message a {@link Buffer} on the event bus. Numbers have their highest
 * byte first.
 *
 * <pre>
 *  request   format 1 | kind 1 | stream: text | aggregate's name: text | id: text
 *            | 1 execute: command: value | command's id: text, empty for none | expected version 8, -1 for any
 *                         | headers: length 4, bytes as in a record
 *            | 2 state:   nothing
 *            | 3 has executed: command's id: text
 *            | 4 execute with more: as execute | permit 1: 0 no, 1 the caller has one
 *                         | requirements: count 1 | (id: text | event type: text, empty for any | version 8) *
 *  reply     format 1 | kind 1
 *            | 1 accepted: state: value | version 8 | repeated 1: 0 no, 1 yes
 *                          | stream: text | offsets: count 4 | (partition 8 | offset 8) *
 *                          | events: count 4 | value *
 *            | 2 rejected: state: value | version 8 | reason: value
 *            | 3 state:    state: value | version 8
 *            | 4 has executed: 1: 0 no, 1 yes
 *            | 5 permit: the owner asks for it, or the caller gives it
 *  notice    format 1 | stream: text | generation 8
 *  value     type: text | its version 2 | length 4 | bytes by the aggregate's codec of commands, states, events or reasons
 *  text      length 2 | modified UTF-8
 * </pre>
 *
 * <p>The format's number is 1. A request that fails is answered with a failure of the event bus, see {@link
 * io.strandline.sync.bus.BusFailure}.
 */
final class AggregateFormat<C, E, S> {

    private static final int FORMAT = 1;
    private static final int EXECUTE = 1;
    private static final int STATE = 2;
    private static final int HAS_EXECUTED = 3;
    private static final int EXECUTE_WITH_MORE = 4;
    private static final int ACCEPTED = 1;
    private static final int REJECTED = 2;
    private static final int STATE_ONLY = 3;
    private static final int YES_OR_NO = 4;
    private static final int PERMIT = 5;
    private static final long ANY_VERSION = -1;

    private final Aggregate<C, E, S> aggregate;
    private final StreamName stream;
    private final EventCodec<C> commands;
    private final EventCodec<S> states;

    /**
     * Makes the format of an aggregate's calls.
     *
     * @throws StrandlineException.Invalid if its commands or states cannot be sent
     */
    AggregateFormat(Aggregate<C, E, S> aggregate, StreamName stream) {
        EventCodec<C> commandCodec = aggregate.commandCodec();
        EventCodec<S> stateCodec = aggregate.stateCodec();
        if (commandCodec == null || stateCodec == null) {
            throw new StrandlineException.Invalid(aggregate + " cannot be called over the event bus: its "
                    + (commandCodec == null ? "commands have no names" : "states have no codec"));
        }
        this.aggregate = aggregate;
        this.stream = stream;
        this.commands = commandCodec;
        this.states = stateCodec;
    }

    /** A call as it came. */
    sealed interface Request<C> {

        /** Of the aggregate. */
        String id();
    }

    /** @param withPermit whether the caller must give its permit */
    record Execute<C>(String id, C command, CommandOptions options, boolean withPermit) implements Request<C> {

        private boolean hasMore() {
            return withPermit || !options.getRequirements().isEmpty();
        }
    }

    record State<C>(String id) implements Request<C> {}

    record HasExecuted<C>(String id, String commandId) implements Request<C> {}

    /** Who takes the calls for a stream. */
    record Notice(StreamName stream, long generation) {}

    // ---- requests

    /**
     * Writes a request.
     *
     * @throws StrandlineException.Invalid if the command cannot be encoded
     */
    Buffer request(Request<C> call) {
        try {
            return BusMessage.written(FORMAT, out -> {
                out.writeByte(kindOf(call));
                out.writeUTF(stream.toString());
                out.writeUTF(aggregate.name());
                out.writeUTF(call.id());
                if (call instanceof Execute<C> execute) {
                    writeValue(out, commands, execute.command());
                    writeOptions(out, execute.options());
                    if (execute.hasMore()) {
                        writeMore(out, execute);
                    }
                } else if (call instanceof HasExecuted<C> asked) {
                    out.writeUTF(asked.commandId());
                }
            });
        } catch (Throwable thrown) { // a codec may throw anything
            throw UserCode.refused("a call of " + aggregate + " cannot be sent", thrown);
        }
    }

    private static int kindOf(Request<?> call) {
        if (call instanceof Execute<?> execute) {
            return execute.hasMore() ? EXECUTE_WITH_MORE : EXECUTE;
        }
        return call instanceof State ? STATE : HAS_EXECUTED;
    }

    private static void writeOptions(DataOutputStream out, CommandOptions options) throws IOException {
        String commandId = options.getCommandId();
        Long expected = options.getExpectedVersion();
        out.writeUTF(commandId == null ? "" : commandId);
        out.writeLong(expected == null ? ANY_VERSION : expected);
        byte[] headers = new byte[options.getHeaders().encodedBytes()];
        options.getHeaders().encodeTo(headers, 0);
        out.writeInt(headers.length);
        out.write(headers);
    }

    private static void writeMore(DataOutputStream out, Execute<?> execute) throws IOException {
        out.writeBoolean(execute.withPermit());
        List<Requirement> requirements = execute.options().getRequirements();
        out.writeByte(requirements.size());
        for (Requirement requirement : requirements) {
            String type = requirement.eventType();
            out.writeUTF(requirement.id());
            out.writeUTF(type == null ? "" : type);
            out.writeLong(requirement.version());
        }
    }

    private static <C> Execute<C> readMore(DataInputStream in, String id, C command, CommandOptions options)
            throws IOException {
        boolean withPermit = in.readBoolean();
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            String other = in.readUTF();
            String type = in.readUTF();
            long version = in.readLong();
            if (type.isEmpty()) {
                options.requireUnchanged(other, version);
            } else {
                options.requireNoEvent(other, type, version);
            }
        }
        return new Execute<>(id, command, options, withPermit);
    }

    /**
     * Reads a request.
     *
     * @param body what somebody sent: anything
     * @throws StrandlineException.Invalid if it is no request of this format
     * @throws StrandlineException.NotOwner if it is for other aggregates
     */
    Request<C> readRequest(@Nullable Object body) {
        try {
            return BusMessage.read(FORMAT, body, in -> {
                int kind = in.readUnsignedByte();
                requireOwn(in.readUTF(), in.readUTF());
                String id = in.readUTF();
                return switch (kind) {
                    case EXECUTE -> new Execute<>(id, readValue(in, commands), readOptions(in), false);
                    case EXECUTE_WITH_MORE -> readMore(in, id, readValue(in, commands), readOptions(in));
                    case STATE -> new State<>(id);
                    case HAS_EXECUTED -> new HasExecuted<>(id, in.readUTF());
                    default -> throw new IOException("request of unknown kind " + kind);
                };
            });
        } catch (StrandlineException.NotOwner other) {
            throw other;
        } catch (Throwable thrown) { // a codec may throw anything
            throw UserCode.refused("a call of " + aggregate + " cannot be read", thrown);
        }
    }

    private void requireOwn(String askedStream, String askedName) {
        if (!askedStream.equals(stream.toString()) || !askedName.equals(aggregate.name())) {
            throw new StrandlineException.NotOwner("a call for aggregate " + askedName + " of " + askedStream
                    + " came to the owner of " + aggregate + " of " + stream);
        }
    }

    private static CommandOptions readOptions(DataInputStream in) throws IOException {
        CommandOptions options = new CommandOptions();
        String commandId = in.readUTF();
        long expected = in.readLong();
        byte[] bytes = readBytes(in);
        Headers headers = Headers.decode(bytes, 0, bytes.length);
        for (String name : headers.names()) {
            options.putHeader(name, String.valueOf(headers.text(name)));
        }
        return options.setCommandId(commandId.isEmpty() ? null : commandId)
                .setExpectedVersion(expected == ANY_VERSION ? null : expected);
    }

    // ---- replies

    /**
     * Writes what became of a command.
     *
     * @throws StrandlineException.Unknown if the command was accepted, and this cannot be told
     * @throws StrandlineException.Invalid if the command was rejected, and this cannot be told
     */
    Buffer reply(String id, Outcome<S> outcome) {
        try {
            return BusMessage.written(FORMAT, out -> {
                out.writeByte(outcome.isAccepted() ? ACCEPTED : REJECTED);
                writeValue(out, states, outcome.state());
                out.writeLong(outcome.version());
                if (outcome instanceof Outcome.Accepted<S> accepted) {
                    writeAccepted(out, accepted);
                } else if (outcome instanceof Outcome.Rejected<S> rejected) {
                    writeValue(out, aggregate.reasonCodec(), rejected.reason());
                }
            });
        } catch (Throwable thrown) { // a codec may throw anything
            String what = "the answer for " + id + " of " + stream + ", version " + outcome.version();
            if (outcome instanceof Outcome.Accepted<S> accepted) {
                // Never Invalid: a process takes that for a rejection, and undoes what it has done.
                boolean appended = accepted.repeated() || !accepted.events().isEmpty();
                throw new StrandlineException.Unknown(
                        what + (appended ? ", whose events were appended," : ", which was accepted without events,")
                                + " cannot be sent: " + thrown,
                        thrown);
            }
            throw UserCode.refused(what + " cannot be sent", thrown);
        }
    }

    private void writeAccepted(DataOutputStream out, Outcome.Accepted<S> accepted) throws IOException {
        out.writeBoolean(accepted.repeated());
        out.writeUTF(accepted.position().stream().toString());
        out.writeInt(accepted.position().offsets().size());
        for (Map.Entry<Long, Long> offset : accepted.position().offsets().entrySet()) {
            out.writeLong(offset.getKey());
            out.writeLong(offset.getValue());
        }
        @SuppressWarnings("unchecked") // the events of an outcome are those of its aggregate
        List<E> events = (List<E>) accepted.events();
        out.writeInt(events.size());
        for (E event : events) {
            writeValue(out, aggregate.eventCodec(), event);
        }
    }

    /**
     * Writes the state of an aggregate.
     *
     * @throws StrandlineException.Invalid if it cannot be encoded
     */
    Buffer reply(String id, AggregateState<S> state) {
        try {
            return BusMessage.written(FORMAT, out -> {
                out.writeByte(STATE_ONLY);
                writeValue(out, states, state.state());
                out.writeLong(state.version());
            });
        } catch (Throwable thrown) { // a codec may throw anything
            throw UserCode.refused("the state of " + id + " of " + stream + " cannot be sent", thrown);
        }
    }

    /** Writes whether a command was executed. */
    Buffer reply(boolean executed) {
        return Buffer.buffer(new byte[] {FORMAT, YES_OR_NO, (byte) (executed ? 1 : 0)});
    }

    /** Asks for a permit, or gives it. */
    static Buffer permitMessage() {
        return Buffer.buffer(new byte[] {FORMAT, PERMIT});
    }

    /** Whether an owner asks for a permit. */
    static boolean isPermitMessage(@Nullable Object body) {
        return body instanceof Buffer buffer
                && buffer.length() == 2
                && buffer.getByte(0) == FORMAT
                && buffer.getByte(1) == PERMIT;
    }

    /** Reads what became of a command. */
    Outcome<S> readOutcome(@Nullable Object body) throws IOException {
        return BusMessage.read(FORMAT, body, in -> {
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case ACCEPTED -> readAccepted(in, readValue(in, states), in.readLong());
                case REJECTED ->
                    new Outcome.Rejected<>(
                            readValue(in, states), in.readLong(), readValue(in, aggregate.reasonCodec()));
                default -> throw new IOException("answer of kind " + kind + " to a command");
            };
        });
    }

    private Outcome<S> readAccepted(DataInputStream in, S state, long version) throws IOException {
        boolean repeated = in.readBoolean();
        StreamName of = StreamName.parse(in.readUTF());
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (int left = readCount(in); left > 0; left--) {
            offsets.put(in.readLong(), in.readLong());
        }
        List<E> events = new ArrayList<>();
        for (int left = readCount(in); left > 0; left--) {
            events.add(readValue(in, aggregate.eventCodec()));
        }
        return new Outcome.Accepted<>(state, version, List.copyOf(events), new StreamCut(of, offsets), repeated);
    }

    /** Reads the state of an aggregate. */
    AggregateState<S> readState(@Nullable Object body) throws IOException {
        return BusMessage.read(FORMAT, body, in -> {
            int kind = in.readUnsignedByte();
            if (kind != STATE_ONLY) {
                throw new IOException("answer of kind " + kind + " to a query");
            }
            return new AggregateState<>(readValue(in, states), in.readLong());
        });
    }

    /** Reads whether a command was executed. */
    boolean readExecuted(@Nullable Object body) throws IOException {
        return BusMessage.read(FORMAT, body, in -> {
            int kind = in.readUnsignedByte();
            if (kind != YES_OR_NO) {
                throw new IOException("answer of kind " + kind + " to a question about a command");
            }
            return in.readBoolean();
        });
    }

    // ---- notices

    /** Tells that the calls for the stream come to an opening of a generation. */
    Buffer notice(long generation) throws IOException {
        return BusMessage.written(FORMAT, out -> {
            out.writeUTF(stream.toString());
            out.writeLong(generation);
        });
    }

    /** Reads a notice. */
    Notice readNotice(@Nullable Object body) throws IOException {
        return BusMessage.read(FORMAT, body, in -> new Notice(StreamName.parse(in.readUTF()), in.readLong()));
    }

    // ---- values

    private static <T> void writeValue(DataOutputStream out, EventCodec<T> codec, T value) throws IOException {
        EventType type = codec.typeOf(value);
        byte[] bytes = BytesOutput.of(codec, value);
        out.writeUTF(type.name());
        out.writeShort(type.version());
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static <T> T readValue(DataInputStream in, EventCodec<T> codec) throws IOException {
        EventType type = new EventType(in.readUTF(), in.readUnsignedShort());
        byte[] bytes = readBytes(in);
        T value = codec.decode(type, bytes, 0, bytes.length);
        if (value == null) {
            throw new IOException("value of type " + type + " is null");
        }
        return value;
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
        return in.readNBytes(readCount(in));
    }

    /** A count of things of which each has a byte or more. */
    private static int readCount(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException("count " + count + " where " + in.available() + " bytes are left");
        }
        return count;
    }
}
