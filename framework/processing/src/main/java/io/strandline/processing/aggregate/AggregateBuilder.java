package io.strandline.processing.aggregate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.json.JsonCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Collects the functions, event types and snapshots of an {@link Aggregate}. Every mistake is found by {@link #build}.
 *
 * <p>Events are stored as JSON by {@link JsonCodec} under the names and versions that are given here, and never under names of Java
 * classes, so a class may be renamed. An aggregate with another form of storage gives a codec.
 */
public final class AggregateBuilder<C, E, S> {

    private final String name;
    private final Class<C> commands;
    private final Class<E> events;
    private final S initial;
    private final Map<Class<?>, BiFunction<S, C, Decision<E>>> deciders = new HashMap<>();
    private final Map<Class<?>, BiFunction<S, E, S>> evolvers = new HashMap<>();
    private final List<String> defects = new ArrayList<>();
    private final JsonCodec.Builder<E> json;
    private final JsonCodec.Builder<C> commandJson;
    private final JsonCodec.Builder<Object> reasonJson;
    private boolean jsonUsed;
    private boolean commandsNamed;
    private @Nullable EventCodec<E> eventCodec;
    private @Nullable EventCodec<C> commandCodec;
    private @Nullable EventCodec<S> stateCodec;

    AggregateBuilder(String name, Class<C> commands, Class<E> events, S initial) {
        this.name = name;
        this.commands = commands;
        this.events = events;
        this.initial = initial;
        this.json = JsonCodec.builder(events);
        this.commandJson = JsonCodec.builder(commands);
        this.reasonJson = JsonCodec.builder(Object.class).type("text", 0, String.class);
    }

    /** Says what commands of a class lead to. */
    public <K extends C> AggregateBuilder<C, E, S> decide(
            Class<K> command, BiFunction<? super S, ? super K, Decision<E>> decider) {
        if (deciders.put(command, (state, given) -> decider.apply(state, command.cast(given))) != null) {
            defects.add("command " + command.getName() + " is decided twice");
        }
        return this;
    }

    /**
     * Gives commands of a class the name and version under which they are sent to aggregates that are open elsewhere ({@link
     * Aggregates#connect}). All commands have names, or none.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     * @see JsonCodec.Builder#type
     */
    public AggregateBuilder<C, E, S> command(String type, int version, Class<? extends C> command) {
        commandsNamed = true;
        commandJson.type(type, version, command);
        return this;
    }

    /**
     * Names commands of a class and says what they lead to.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     */
    public <K extends C> AggregateBuilder<C, E, S> command(
            String type, int version, Class<K> command, BiFunction<? super S, ? super K, Decision<E>> decider) {
        return command(type, version, command).decide(command, decider);
    }

    /** Sends commands by a codec of the application, in place of JSON. */
    public AggregateBuilder<C, E, S> commandCodec(EventCodec<C> codec) {
        commandCodec = codec;
        return this;
    }

    /**
     * Gives reasons of rejections of a class the name and version under which they are sent to callers elsewhere. Texts need none.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     * @see JsonCodec.Builder#type
     */
    public AggregateBuilder<C, E, S> rejection(String type, int version, Class<?> reason) {
        reasonJson.type(type, version, reason);
        return this;
    }

    /** Says how events of a class change the state. */
    public <K extends E> AggregateBuilder<C, E, S> evolve(
            Class<K> event, BiFunction<? super S, ? super K, ? extends S> evolver) {
        if (evolvers.put(event, (state, given) -> evolver.apply(state, event.cast(given))) != null) {
            defects.add("event " + event.getName() + " is evolved by twice");
        }
        return this;
    }

    /**
     * Gives events of a class the name and version under which they are stored.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     * @see JsonCodec.Builder#type
     */
    public AggregateBuilder<C, E, S> event(String type, int version, Class<? extends E> event) {
        jsonUsed = true;
        json.type(type, version, event);
        return this;
    }

    /**
     * Names events of a class and says how they change the state.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     */
    public <K extends E> AggregateBuilder<C, E, S> event(
            String type, int version, Class<K> event, BiFunction<? super S, ? super K, ? extends S> evolver) {
        return event(type, version, event).evolve(event, evolver);
    }

    /**
     * Turns the stored JSON of an older version of an event into that of the next version, when it is read.
     *
     * @param upcaster may change and return its argument
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     */
    public AggregateBuilder<C, E, S> upcast(String type, int fromVersion, UnaryOperator<ObjectNode> upcaster) {
        jsonUsed = true;
        json.upcast(type, fromVersion, upcaster);
        return this;
    }

    /**
     * Names a class that stands inside events where a sealed type is declared.
     *
     * @throws StrandlineException.Invalid if the name is out of its bounds
     * @see JsonCodec.Builder#nested
     */
    public AggregateBuilder<C, E, S> nested(String nestedName, Class<?> javaClass) {
        jsonUsed = true;
        json.nested(nestedName, javaClass);
        return this;
    }

    /**
     * Stores events by a codec of the application, in place of JSON. It names the type of each event and reads by the stored type, so it
     * may pass some types on to a codec of their own, and the others to a {@link JsonCodec}.
     */
    public AggregateBuilder<C, E, S> codec(EventCodec<E> codec) {
        eventCodec = codec;
        return this;
    }

    /**
     * Stores snapshots of states as JSON.
     *
     * @param schema version of the state's form, 0 to 65,535. To be raised whenever the state means something else. Snapshots of
     *     another schema are ignored
     * @param state the class of all states
     * @throws StrandlineException.Invalid if the version is out of its bounds, or something inside a state could be written and not
     *     read back
     */
    public AggregateBuilder<C, E, S> snapshots(int schema, Class<S> state) {
        return snapshots(JsonCodec.of(name, schema, state));
    }

    /**
     * Stores snapshots of states by a codec, whose type's version is the schema. A codec that reads older schemas too, as a {@link
     * JsonCodec} with upcasters does, makes use of older snapshots.
     */
    public AggregateBuilder<C, E, S> snapshots(EventCodec<S> codec) {
        if (stateCodec != null) {
            defects.add("snapshots are given twice");
        }
        stateCodec = codec;
        return this;
    }

    /**
     * Makes the aggregate.
     *
     * @throws StrandlineException.Invalid if a permitted subtype of a command is not decided, one of an event is not evolved by or
     *     has no event type, something is given twice, or the events cannot be stored. The message names all defects
     */
    public Aggregate<C, E, S> build() {
        List<String> found = new ArrayList<>(defects);
        Handlers<BiFunction<S, C, Decision<E>>> byCommand = Handlers.of("command", commands, deciders, found);
        Handlers<BiFunction<S, E, S>> byEvent = Handlers.of("event", events, evolvers, found);
        EventCodec<E> codec = codec("event", eventCodec, jsonUsed ? json : null, found);
        if (codec == null && !jsonUsed) {
            codec = built(json, found);
        }
        EventCodec<C> sent = codec("command", commandCodec, commandsNamed ? commandJson : null, found);
        EventCodec<Object> reasons = built(reasonJson, found);
        if (codec == null || reasons == null || !found.isEmpty()) {
            throw new StrandlineException.Invalid("aggregate " + name + ": " + String.join("; ", found));
        }
        return new Aggregate<>(
                name, initial, byCommand, byEvent, new Aggregate.Codecs<>(codec, stateCodec, sent, reasons));
    }

    /** The codec of the application, or that of the named types. Null if neither is given, or with a defect. */
    private static <T> @Nullable EventCodec<T> codec(
            String what, @Nullable EventCodec<T> given, JsonCodec.@Nullable Builder<T> named, List<String> defects) {
        if (given != null && named != null) {
            defects.add("a codec is given beside " + what + " types, which belong to JSON");
            return null;
        }
        return named == null ? given : built(named, defects);
    }

    private static <T> @Nullable EventCodec<T> built(JsonCodec.Builder<T> named, List<String> defects) {
        try {
            return named.build();
        } catch (StrandlineException.Invalid e) {
            defects.add(e.getMessage());
            return null;
        }
    }
}
