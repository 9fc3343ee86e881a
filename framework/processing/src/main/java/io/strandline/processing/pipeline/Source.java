package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import java.time.Duration;
import java.util.function.ToLongFunction;

/**
 * The events of a stream, as a pipeline reads them.
 *
 * @param <E> event
 */
public final class Source<E> extends Events<E> {

    private final Operator.Source source;

    Source(PipelineBuilder builder, Operator.Source source) {
        super(builder, source);
        this.source = source;
    }

    /**
     * Says what time an event is of. Without it the time of an event is its stamp, which never decreases within a
     * partition.
     *
     * <p>The watermark of a task is the highest time that it has met, less the disorder. An event is late if the watermark
     * has passed the end of its window. A time of more than a day after the event's own stamp does not move the watermark,
     * so that one wrong clock does not make all others late.
     *
     * @param millis event → its time in milliseconds since the epoch
     * @param disorder how much lower than the highest time before it the time of an event may be
     * @throws StrandlineException.Invalid if the disorder is negative
     */
    public Events<E> eventTime(ToLongFunction<? super E> millis, Duration disorder) {
        if (disorder.isNegative()) {
            throw new StrandlineException.Invalid("the disorder " + disorder + " is negative");
        }
        Operator.Source timed =
                new Operator.Source(source.stream(), source.codec(), Untyped.toLong(millis), disorder.toMillis());
        return new Events<>(builder, builder.replace(source, timed));
    }
}
