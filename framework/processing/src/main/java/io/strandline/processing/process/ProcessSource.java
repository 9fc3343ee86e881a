package io.strandline.processing.process;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.spi.UserCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A stream that a process reacts to: how its events are read, which instance each belongs to, and what is done about them. Immutable.
 *
 * @param <E> event of the stream
 * @param <S> state of the process
 */
public final class ProcessSource<E, S> {

    private final StreamName stream;
    private final EventCodec<E> codec;
    private final @Nullable Function<? super EventRecord<E>, @Nullable String> key;
    private final Reactions<S> reactions;

    private ProcessSource(Builder<E, S> builder) {
        this.stream = builder.stream;
        this.codec = builder.codec;
        this.key = builder.key;
        this.reactions = builder.reactions;
    }

    /** The stream. */
    public StreamName stream() {
        return stream;
    }

    /** How its events are read. */
    public EventCodec<E> codec() {
        return codec;
    }

    /** True if something is done about this event. */
    public boolean handles(Object event) {
        return reactions.find(event) != null;
    }

    /**
     * Which instance of the process an event belongs to.
     *
     * @return its key, or null if the event is not for this process
     * @throws StrandlineException.Invalid if the function throws. The cause is what was thrown
     */
    public @Nullable String keyOf(EventRecord<E> read) {
        Reactions.On<S> on = reactions.find(read.event());
        if (on == null) {
            return null;
        }
        try {
            Function<Object, @Nullable String> own = on.key();
            if (own != null) {
                return own.apply(read.event());
            }
            return key == null ? null : key.apply(read);
        } catch (Throwable thrown) {
            throw UserCode.refused(
                    "no key for offset " + read.offset() + " of partition " + read.partition() + " of " + stream,
                    thrown);
        }
    }

    /** What is done about an event, or null if nothing. */
    @Nullable
    BiFunction<S, Object, Reaction<S>> reactionTo(Object event) {
        Reactions.On<S> on = reactions.find(event);
        return on == null ? null : on.reaction();
    }

    @Override
    public String toString() {
        return stream.toString();
    }

    /**
     * Collects what is done about the events of one stream. Events of other classes are passed over.
     *
     * @param <E> event of the stream
     * @param <S> state of the process
     */
    public static final class Builder<E, S> {

        private final StreamName stream;
        private final EventCodec<E> codec;
        private final Reactions<S> reactions = new Reactions<>();
        private final List<String> defects = new ArrayList<>();
        private @Nullable Function<? super EventRecord<E>, @Nullable String> key;

        Builder(StreamName stream, EventCodec<E> codec) {
            this.stream = stream;
            this.codec = codec;
        }

        /**
         * Says which instance of the process an event belongs to, by its headers or its routing key. For the classes that have no
         * function of their own.
         *
         * @param keyOf gives null for an event that is not for this process
         */
        public Builder<E, S> key(Function<? super EventRecord<E>, @Nullable String> keyOf) {
            key = keyOf;
            return this;
        }

        /** Says what is done about events of a class. Their key is that of {@link #key}. */
        public <K extends E> Builder<E, S> on(Class<K> event, BiFunction<? super S, ? super K, Reaction<S>> reaction) {
            add(event, null, reaction);
            return this;
        }

        /**
         * Says which instance events of a class belong to, and what is done about them.
         *
         * @param keyOf gives null for an event that is not for this process
         */
        public <K extends E> Builder<E, S> on(
                Class<K> event,
                Function<? super K, @Nullable String> keyOf,
                BiFunction<? super S, ? super K, Reaction<S>> reaction) {
            add(event, keyOf, reaction);
            return this;
        }

        private <K extends E> void add(
                Class<K> event,
                @Nullable Function<? super K, @Nullable String> keyOf,
                BiFunction<? super S, ? super K, Reaction<S>> reaction) {
            if (!reactions.add(event, keyOf, reaction)) {
                defects.add("event " + event.getName() + " of " + stream + " is reacted to twice");
            }
        }

        ProcessSource<E, S> build(List<String> found) {
            found.addAll(defects);
            if (reactions.all().isEmpty()) {
                found.add("nothing is done about events of " + stream);
            }
            reactions.all().forEach((type, on) -> {
                if (on.key() == null && key == null) {
                    found.add("event " + type.getName() + " of " + stream + " has no key");
                }
            });
            return new ProcessSource<>(this);
        }
    }
}
