package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import org.jspecify.annotations.Nullable;

/**
 * The operators of a pipeline without a log, as one task for each stage, which has every key. For test kits. Belongs to the thread that
 * calls it.
 */
public interface PipelineTask {

    /**
     * Takes an event, and does everything that is due after it, through all shuffles.
     *
     * @param source the stream that it is of
     * @throws RuntimeException what a function of the application threw, a checked exception as its cause
     */
    void event(StreamName source, EventRecord<?> record);

    /**
     * The clock has come to a time, and everything is done that is due by it.
     *
     * @param time in milliseconds since the epoch
     * @param isSilent whether the source has had no event for long, so that event time goes on with the clock
     * @throws RuntimeException as {@link #event}
     */
    void tick(long time, boolean isSilent);

    /** Goes on with what a checkpoint would keep. Each state goes through the check. */
    void restart(StateCheck check);

    /**
     * The state of a key, or null if it has none.
     *
     * @param start first millisecond of the window, 0 for an operator without windows
     * @throws StrandlineException.Invalid if the pipeline has no such operator
     */
    @Nullable
    Object state(String operator, String key, long start);

    /** See {@link RecordContext#watermark}. Of several stages the lowest. */
    long watermark();

    /** Number of events that came too late since the last start. */
    long lateEvents();

    /** Takes events for the sinks. */
    interface Outputs {

        void emit(Operator.Target target, @Nullable String key, Headers headers, Object event);

        /** Takes an output for a handler. */
        void handle(Operator.Handle sink, HandlerOutput<Object> output);
    }

    /** Stores a state and reads it back. */
    @FunctionalInterface
    interface StateCheck {

        Object storeAndRead(String operator, EventCodec<Object> codec, Object state);
    }
}
