package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline that so far has a name and a version. Each stage adds one thing. All stages are immutable.
 *
 * @see Pipeline#named
 */
public final class PipelineBuilder {

    private final String name;
    private final int version;

    PipelineBuilder(String name, int version) {
        Limits.require("length of pipeline name", name.length(), 1, Pipeline.MAX_NAME_LENGTH);
        this.name = StreamName.requireValid("pipeline", name);
        this.version = (int) Limits.require("version of pipeline " + name, version, 0, Integer.MAX_VALUE);
    }

    /**
     * Names the source.
     *
     * @param stream full name of an existing stream
     * @throws StrandlineException.Invalid if it is not {@code scope/stream}
     */
    public <E> WithSource<E> from(String stream, EventCodec<E> codec) {
        return new WithSource<>(name, version, StreamName.parse(stream), codec);
    }

    /**
     * A pipeline with a source.
     *
     * @param name name of the pipeline
     * @param version version of the pipeline
     * @param stream the source
     * @param codec reads the source
     */
    public record WithSource<E>(String name, int version, StreamName stream, EventCodec<E> codec) {

        /**
         * Names the key of an event. State is kept per key and per partition of the source, so a key is to be the routing
         * key under which its events were appended. A task that meets a key whose hash lies outside its partition stops,
         * because another task would keep a second state for the same key.
         */
        public WithKey<E> keyBy(Function<E, String> key) {
            return new WithKey<>(this, record -> key.apply(record.event()));
        }

        /**
         * Takes the routing key of an event as its key, for events that do not name it themselves. An event without
         * routing key stops its task.
         */
        public WithKey<E> keyByRoutingKey() {
            return new WithKey<>(this, EventRecord::key);
        }
    }

    /**
     * A pipeline with a source and a key.
     *
     * @param source the stage before
     * @param key record → key
     */
    public record WithKey<E>(WithSource<E> source, Function<EventRecord<E>, @Nullable String> key) {

        /**
         * Defines the state of a key.
         *
         * @param codec writes and reads state for checkpoints, on a worker thread, at the same time as others. Equal
         *     states must give equal bytes
         * @param initial the state of a key before its first event
         */
        public <S> WithState<E, S> state(EventCodec<S> codec, Function<String, S> initial) {
            return new WithState<>(this, codec, initial);
        }
    }

    /**
     * A pipeline with a source, a key and a state.
     *
     * @param keyed the stage before
     * @param codec writes and reads state
     * @param initial key → its first state
     */
    public record WithState<E, S>(WithKey<E> keyed, EventCodec<S> codec, Function<String, S> initial) {

        /**
         * Names the sink.
         *
         * @param stream full name of an existing stream
         * @throws StrandlineException.Invalid if it is not {@code scope/stream}
         */
        public <O> WithSink<E, S, O> to(String stream, EventCodec<O> codec) {
            return new WithSink<>(this, StreamName.parse(stream), codec);
        }

        /** Completes a pipeline that emits nothing. */
        public Pipeline<E, S, Void> step(Step<E, S, Void> step) {
            return stepOnRecord((state, record, output) -> step.apply(state, record.event(), output));
        }

        /** Completes a pipeline that emits nothing, with a step that sees stamps, headers and places. */
        public Pipeline<E, S, Void> stepOnRecord(RecordStep<E, S, Void> step) {
            return new Pipeline<>(this, null, step);
        }
    }

    /**
     * A pipeline with everything but its step.
     *
     * @param state the stage before
     * @param stream the sink
     * @param codec writes outputs
     */
    public record WithSink<E, S, O>(WithState<E, S> state, StreamName stream, EventCodec<O> codec) {

        /** Completes the pipeline. */
        public Pipeline<E, S, O> step(Step<E, S, O> step) {
            return stepOnRecord((before, record, output) -> step.apply(before, record.event(), output));
        }

        /** Completes the pipeline with a step that sees stamps, headers and places. */
        public Pipeline<E, S, O> stepOnRecord(RecordStep<E, S, O> step) {
            return new Pipeline<>(state, new Pipeline.Sink<>(stream, codec), step);
        }
    }
}
