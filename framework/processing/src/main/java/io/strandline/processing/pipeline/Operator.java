package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One operator of a {@link Topology}. Applications describe operators by {@link Events} and its kinds. What runs a
 * pipeline reads them here. Two operators are the same only if they are the same object.
 */
public sealed interface Operator {

    /** The operators whose events it takes. */
    List<Operator> inputs();

    /** What it does, in a few words. */
    String label();

    /** Has state under an id of its own. */
    sealed interface WithState extends Operator {

        /** Explicit, because state outlives changes of the topology. */
        String id();

        /** Writes and reads its state. */
        EventCodec<?> codec();
    }

    /** Takes the events of one operator. */
    sealed interface OfOne extends Operator {

        Operator input();

        @Override
        default List<Operator> inputs() {
            return List.of(input());
        }
    }

    /** Reads a stream, and so begins a stage. */
    sealed interface Input extends Operator {

        StreamName stream();
    }

    /**
     * The events of a stream.
     *
     * @param time event → event time in milliseconds since the epoch, or null for its stamp
     * @param disorderMillis how much later than an event with a higher time an event may come
     * @param maxAheadMillis how much later than its stamp the time of an event may be and still move the watermark
     */
    record Source(
            StreamName stream,
            EventCodec<?> codec,
            @Nullable ToLongFunction<Object> time,
            long disorderMillis,
            long maxAheadMillis)
            implements Input {

        @Override
        public List<Operator> inputs() {
            return List.of();
        }

        @Override
        public String label() {
            return "from " + stream;
        }
    }

    /**
     * Passes on any number of events for one.
     *
     * @param kind what it is called
     */
    record Transform(Operator input, String kind, Transformation function) implements OfOne {

        @Override
        public String label() {
            return kind;
        }
    }

    /** Passes on the events of several operators. */
    record Merge(List<Operator> inputs) implements Operator {

        public Merge {
            inputs = List.copyOf(inputs);
        }

        @Override
        public String label() {
            return "merge";
        }
    }

    /**
     * Groups events.
     *
     * @param key event → its key, or null for the routing key
     */
    record KeyBy(Operator input, @Nullable Function<Object, @Nullable String> key) implements OfOne {

        @Override
        public String label() {
            return key == null ? "by routing key" : "by key";
        }
    }

    /**
     * Brings events to the tasks of their keys, through an internal stream of the pipeline, which also fixes the order of
     * events that come from several operators. It ends the stages of its inputs and begins one of its own.
     *
     * @param id explicit, because it names the stream and the stage
     * @param stream the internal stream
     * @param sides what comes in. At least one
     */
    record Shuffle(String id, StreamName stream, List<Side> sides) implements Input {

        private static final String STREAM_PREFIX = "shuffle-";

        public Shuffle {
            sides = List.copyOf(sides);
        }

        /** The internal stream of a stage that reads a shuffle. */
        static StreamName streamOf(String stage) {
            return new StreamName(StreamName.RESERVED_SCOPE, STREAM_PREFIX + stage);
        }

        /** Whether a stream is the internal one of a shuffle. */
        public static boolean isStream(StreamName name) {
            return name.isReserved() && name.stream().startsWith(STREAM_PREFIX);
        }

        @Override
        public List<Operator> inputs() {
            return sides.stream().map(Side::input).toList();
        }

        @Override
        public String label() {
            return "shuffle " + id;
        }
    }

    /**
     * What comes into a shuffle from one operator.
     *
     * @param codec writes the events into the internal stream, and reads them
     * @param key event → the key whose task takes it, or null for the key at hand
     * @param table id of the table whose values come in, if the events of the other sides wait until it is loaded. Then it does
     *     not move event time. Null for all other sides
     */
    record Side(
            Operator input,
            EventCodec<?> codec,
            @Nullable Function<Object, @Nullable String> key,
            @Nullable String table) {

        /** Brings events. */
        Side(Operator input, EventCodec<?> codec, @Nullable Function<Object, @Nullable String> key) {
            this(input, codec, key, null);
        }
    }

    /**
     * The events of one side of a shuffle, grouped by its key.
     *
     * @param side index of the side
     */
    record FromSide(Shuffle input, int side) implements OfOne {

        @Override
        public String label() {
            return "side " + side + " of " + input.id();
        }
    }

    /**
     * Keeps a state for each key.
     *
     * @param kind what it is called
     * @param initial key → the state before its first event
     * @param timer computes when a timer fires, or null if it sets none
     * @param timeToLiveMillis after which a key that nothing touches is forgotten, 0 for never
     */
    record Keyed(
            Operator input,
            String kind,
            String id,
            EventCodec<?> codec,
            Function<String, Object> initial,
            Step<Object, Object, Object> step,
            @Nullable TimerStep<Object, Object> timer,
            long timeToLiveMillis)
            implements WithState, OfOne {

        @Override
        public String label() {
            return kind + " " + id;
        }
    }

    /**
     * Keeps a value for each key and window.
     *
     * @param windows how time is cut
     * @param latenessMillis how long after the end of a window its events are taken
     * @param earlyMillis after how much event time a changed value is passed on while the window is open, 0 for never
     * @param finalOnly true if a value is passed on only when no event can change it any more
     * @param initial key → the value before the window's first event
     * @param add value and event → the next value
     * @param merge values of two sessions that became one → the value of both, or null if windows never become one
     * @param late takes the events that come too late, or null
     */
    record Window(
            Operator input,
            String id,
            EventCodec<?> codec,
            Windows windows,
            long latenessMillis,
            long earlyMillis,
            boolean finalOnly,
            Function<String, Object> initial,
            BiFunction<Object, Object, Object> add,
            @Nullable BinaryOperator<Object> merge,
            @Nullable Target late)
            implements WithState, OfOne {

        @Override
        public String label() {
            return "window " + id + ", " + windows;
        }
    }

    /** Which events or values without a partner are passed on. */
    enum JoinKind {
        /** None. */
        INNER("join"),
        /** Those of the left side. */
        LEFT("left join"),
        /** Those of both sides. */
        OUTER("outer join");

        private final String label;

        JoinKind(String label) {
            this.label = label;
        }

        /** What it is called. */
        public String label() {
            return label;
        }
    }

    /**
     * Joins the events of a key whose times are near each other.
     *
     * @param codec writes and reads lists of {@link Held}
     * @param beforeMillis how much earlier than a left event a right one may be
     * @param afterMillis how much later than a left event a right one may be
     * @param joiner left and right event → what is passed on, or null for nothing. One of the two may be null
     * @param leftLate takes the left events that come too late, or null
     * @param rightLate takes the right events that come too late, or null
     */
    record Join(
            Operator left,
            Operator right,
            String id,
            EventCodec<?> codec,
            JoinKind kind,
            long beforeMillis,
            long afterMillis,
            BiFunction<@Nullable Object, @Nullable Object, @Nullable Object> joiner,
            @Nullable Target leftLate,
            @Nullable Target rightLate)
            implements WithState {

        @Override
        public List<Operator> inputs() {
            return List.of(left, right);
        }

        @Override
        public String label() {
            return kind.label() + " " + id;
        }
    }

    /**
     * An event that waits for partners.
     *
     * @param isRight of which side it is
     * @param met true if it has had a partner
     */
    record Held(boolean isRight, boolean met, Object event) {}

    /**
     * Drops the events that have come before.
     *
     * @param codec writes and reads lists of ids
     * @param eventId event and place → the event's id
     * @param withinMillis how long an id is known
     * @param late takes the events that come too late, or null
     */
    record Deduplicate(
            Operator input,
            String id,
            EventCodec<?> codec,
            BiFunction<Object, RecordContext, String> eventId,
            long withinMillis,
            @Nullable Target late)
            implements WithState, OfOne {

        @Override
        public String label() {
            return "deduplicate " + id;
        }
    }

    /**
     * Keeps the newest value of each key, and passes on each {@link KeyedTable.Change}.
     *
     * @param value event → the value of its key from now on, or null if it has none
     * @param timeToLiveMillis after which a key that nothing touches is forgotten, 0 for never
     */
    record Table(
            Operator input,
            String id,
            EventCodec<?> codec,
            Function<Object, @Nullable Object> value,
            long timeToLiveMillis)
            implements WithState, OfOne {

        @Override
        public String label() {
            return "table " + id;
        }
    }

    /**
     * The values of two tables by key. It keeps none itself, and passes on a {@link KeyedTable.Change} when either changes.
     *
     * @param left a table or a join of tables
     * @param right another one
     * @param joiner left and right value → the value of the key, or null if it has none. One of the two may be null
     */
    record TableJoin(
            Operator left,
            Operator right,
            JoinKind kind,
            BiFunction<@Nullable Object, @Nullable Object, @Nullable Object> joiner)
            implements Operator {

        @Override
        public List<Operator> inputs() {
            return List.of(left, right);
        }

        @Override
        public String label() {
            return kind.label() + " of tables";
        }
    }

    /**
     * Joins each event with the value that a table has for its key at that moment. Takes no changes of the table.
     *
     * @param table a table or a join of tables
     * @param kind not an outer join
     * @param joiner event and value → what is passed on, or null for nothing. The value may be null
     */
    record Lookup(
            Operator input,
            Operator table,
            JoinKind kind,
            BiFunction<Object, @Nullable Object, @Nullable Object> joiner)
            implements Operator {

        @Override
        public List<Operator> inputs() {
            return List.of(input, table);
        }

        @Override
        public String label() {
            return kind.label() + " with table";
        }
    }

    /**
     * Appends events to a stream.
     *
     * @param key event → its routing key there, or null for the key at hand
     */
    record Sink(Operator input, Target target, @Nullable Function<Object, @Nullable String> key) implements OfOne {

        @Override
        public String label() {
            return "to " + target.stream();
        }
    }

    /**
     * Hands events to a handler of the application.
     *
     * @param id explicit, because versions beside each other must not have it both
     * @param handler completes when it has the output
     * @param key event → its key, or null for the key at hand
     */
    record Handle(
            Operator input,
            String id,
            Function<HandlerOutput<Object>, Future<Void>> handler,
            @Nullable Function<Object, @Nullable String> key)
            implements OfOne {

        /** Most characters of the id of a handler. */
        public static final int MAX_ID_LENGTH = 180;

        private static final String STREAM_PREFIX = "handler-";

        public Handle {
            Limits.require("length of the id of handler " + id, id.length(), 1, MAX_ID_LENGTH);
        }

        /** The name under which checkpoints have it among the sinks. There is no such stream. */
        public StreamName name() {
            return new StreamName(StreamName.RESERVED_SCOPE, STREAM_PREFIX + id);
        }

        @Override
        public String label() {
            return "handle " + id;
        }
    }

    /** A stream and how events are written to it. */
    record Target(StreamName stream, EventCodec<?> codec) {}

    /** What a {@link Transform} does with an event. */
    @FunctionalInterface
    interface Transformation {

        /** Passes on what comes of an event. */
        void apply(Object event, RecordContext context, Consumer<Object> out);
    }
}
