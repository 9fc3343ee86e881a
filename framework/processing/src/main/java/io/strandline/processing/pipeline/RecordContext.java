package io.strandline.processing.pipeline;

import io.strandline.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The place of the event that an operator has in hand. All of it is stored in the log or follows from what is stored, so
 * a replay sees the same.
 *
 * <p>Valid during the call only, on the context of the task. The same object serves every call.
 */
public interface RecordContext {

    /** The key by which the events are grouped here, or the routing key of the source's event where they are not. */
    @Nullable
    String key();

    /**
     * Event time in milliseconds since the epoch: what {@link Events.Source#eventTime} gives, by default the stamp. The result of
     * a window has the last millisecond of that window.
     */
    long time();

    /**
     * The time, in milliseconds since the epoch, up to which all events are supposed to be here. It never falls. Before
     * the first event it is {@link Long#MIN_VALUE}.
     */
    long watermark();

    /** Id of the source's partition. */
    long partition();

    /** Offset of the source's event. For a timer or the result of a window it is the offset of the next event. */
    long offset();

    /** When the source's event was appended, in milliseconds since the epoch. For a timer or the result of a window: {@link #clock}. */
    long stamp();

    /**
     * The time of the clock, in milliseconds since the epoch, as the pipeline has recorded it: the highest stamp of an event until
     * now, or the time of a later tick ({@link PipelineOptions#setTickIntervalMillis}). It never falls, and a replay sees the
     * same. A function that asks another clock is not deterministic.
     */
    long clock();

    /** Headers of the source's event. {@link Headers#NONE} for a timer or the result of a window. */
    Headers headers();
}
