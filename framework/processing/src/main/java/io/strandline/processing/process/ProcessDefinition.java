package io.strandline.processing.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.json.JsonCodec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Collects the streams, functions, timers and targets of a {@link Process}. Every mistake is found by {@link #build}.
 *
 * <p>States and timers are stored as JSON by {@link JsonCodec} under the names and versions that are given here, and never under names
 * of Java classes.
 */
public final class ProcessDefinition<S> {

    private final String name;
    private final S initial;
    private final Map<StreamName, ProcessSource.Builder<?, S>> sources = new LinkedHashMap<>();
    private final Reactions<S> timers = new Reactions<>();
    private final JsonCodec.Builder<Object> timerTypes = JsonCodec.builder(Object.class);
    private final Map<String, CommandTarget<?>> targets = new LinkedHashMap<>();
    private final Map<String, BiFunction<S, AcceptedCommand<?>, Reaction<S>>> accepted = new LinkedHashMap<>();
    private final Map<String, BiFunction<S, RejectedCommand<?>, Reaction<S>>> rejected = new LinkedHashMap<>();
    private final List<String> defects = new ArrayList<>();
    private @Nullable EventCodec<S> stateCodec;

    ProcessDefinition(String name, S initial) {
        this.name = name;
        this.initial = initial;
    }

    /**
     * Stores states as JSON.
     *
     * @param version of the state's form, 0 to 65,535. States of an older version need {@link #state(EventCodec)} with upcasters
     * @param state the class of all states
     * @throws StrandlineException.Invalid if the version is out of its bounds, or something inside a state could be written and not
     *     read back
     */
    public ProcessDefinition<S> state(int version, Class<S> state) {
        return state(JsonCodec.of(name, version, state));
    }

    /** Stores states by a codec. It must read every version that was stored. */
    public ProcessDefinition<S> state(EventCodec<S> codec) {
        if (stateCodec != null) {
            defects.add("the state is given twice");
        }
        stateCodec = codec;
        return this;
    }

    /**
     * Says what is done about the events of a stream.
     *
     * @param stream full name of an existing stream, for instance that of aggregates
     * @param codec reads its events
     * @param reactions collects the functions. Called once
     * @throws StrandlineException.Invalid if the name is not {@code scope/stream}
     */
    public <E> ProcessDefinition<S> from(
            String stream, EventCodec<E> codec, Consumer<ProcessSource.Builder<E, S>> reactions) {
        ProcessSource.Builder<E, S> source = new ProcessSource.Builder<>(StreamName.parse(stream), codec);
        if (sources.putIfAbsent(StreamName.parse(stream), source) != null) {
            defects.add("stream " + stream + " is given twice");
        }
        reactions.accept(source);
        return this;
    }

    /**
     * Names timers of a class and says what is done when they fire.
     *
     * @param type name under which the timer is stored, and its own name unless it is given one
     * @param version of its form
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     * @see JsonCodec.Builder#type
     */
    public <K> ProcessDefinition<S> timer(
            String type, int version, Class<K> timer, BiFunction<? super S, ? super K, Reaction<S>> reaction) {
        timerTypes.type(type, version, timer);
        if (!timers.add(timer, null, reaction)) {
            defects.add("timer " + timer.getName() + " is reacted to twice");
        }
        return this;
    }

    /**
     * Turns the stored JSON of an older version of a timer into that of the next version, when it fires.
     *
     * @throws StrandlineException.Invalid if the name or version is out of its bounds
     */
    public ProcessDefinition<S> upcastTimer(String type, int fromVersion, UnaryOperator<ObjectNode> upcaster) {
        timerTypes.upcast(type, fromVersion, upcaster);
        return this;
    }

    /** Says that the process sends commands to these aggregates. Rejections must be handled, by {@link #onRejected}. */
    public ProcessDefinition<S> to(CommandTarget<?> target) {
        if (targets.putIfAbsent(target.name(), target) != null) {
            defects.add("target " + target + " is given twice");
        }
        return this;
    }

    /**
     * Says what is done when a command was executed. Usually nothing is: the process reacts to the events of the command, when their
     * stream is one of its sources.
     */
    public <C> ProcessDefinition<S> onAccepted(
            CommandTarget<C> target, BiFunction<? super S, ? super AcceptedCommand<C>, Reaction<S>> reaction) {
        @SuppressWarnings("unchecked") // commands of a target are read by its codec
        BiFunction<S, AcceptedCommand<?>, Reaction<S>> known =
                (state, command) -> reaction.apply(state, (AcceptedCommand<C>) command);
        if (accepted.putIfAbsent(target.name(), known) != null) {
            defects.add("accepted commands of target " + target + " are reacted to twice");
        }
        return this;
    }

    /** Says what is done when a command was rejected, so nothing of it has happened. This is where a process compensates. */
    public <C> ProcessDefinition<S> onRejected(
            CommandTarget<C> target, BiFunction<? super S, ? super RejectedCommand<C>, Reaction<S>> reaction) {
        @SuppressWarnings("unchecked") // commands of a target are read by its codec
        BiFunction<S, RejectedCommand<?>, Reaction<S>> known =
                (state, command) -> reaction.apply(state, (RejectedCommand<C>) command);
        if (rejected.putIfAbsent(target.name(), known) != null) {
            defects.add("rejected commands of target " + target + " are reacted to twice");
        }
        return this;
    }

    /**
     * Makes the process.
     *
     * @throws StrandlineException.Invalid if it has no source or no form of its state, an event has no key, a target's rejections are
     *     not handled, or something is given twice. The message names all defects
     */
    public Process<S> build() {
        List<String> found = new ArrayList<>(defects);
        List<ProcessSource<?, S>> built = new ArrayList<>();
        sources.values().forEach(source -> built.add(source.build(found)));
        if (built.isEmpty()) {
            found.add("it reacts to no stream");
        }
        EventCodec<S> states = stateCodec;
        if (states == null) {
            found.add("nothing says how its state is stored");
        }
        EventCodec<Object> codec = null;
        if (!timers.all().isEmpty()) {
            try {
                codec = timerTypes.build();
            } catch (StrandlineException.Invalid e) {
                found.add(e.getMessage());
            }
        }
        Map<String, Process.Answers<S>> answers = answers(found);
        if (states == null || !found.isEmpty()) {
            throw new StrandlineException.Invalid("process " + name + ": " + String.join("; ", found));
        }
        return new Process<>(name, initial, states, built, new Process.Timers<>(timers, codec), answers);
    }

    private Map<String, Process.Answers<S>> answers(List<String> found) {
        Map<String, Process.Answers<S>> answers = new LinkedHashMap<>();
        TreeSet<String> unknown = new TreeSet<>(accepted.keySet());
        unknown.addAll(rejected.keySet());
        unknown.removeAll(targets.keySet());
        unknown.forEach(target -> found.add("answers of " + target + " are reacted to, and no commands go to it"));
        targets.forEach((target, known) -> {
            BiFunction<S, RejectedCommand<?>, Reaction<S>> whenRejected = rejected.get(target);
            if (whenRejected == null) {
                found.add("rejected commands of target " + target + " are not reacted to");
            } else {
                answers.put(target, new Process.Answers<>(known, accepted.get(target), whenRejected));
            }
        });
        return answers;
    }
}
