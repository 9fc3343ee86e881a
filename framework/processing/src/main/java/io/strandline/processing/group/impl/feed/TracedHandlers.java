package io.strandline.processing.group.impl.feed;

import io.strandline.EventRecord;
import io.strandline.Headers;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupBatchHandler;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupHandler;
import io.strandline.spi.EventSpans;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Handlers of the application whose calls are spans. Without a tracer they are the application's own, so a delivery costs no more. */
public final class TracedHandlers {

    private TracedHandlers() {}

    /**
     * A handler of events.
     *
     * @param spans null without a tracer
     */
    public static <E> GroupHandler<E> of(@Nullable EventSpans spans, String group, GroupHandler<E> handler) {
        return spans == null ? handler : event -> spans.handle(handled(group, event), () -> handler.handle(event));
    }

    /**
     * A handler of batches.
     *
     * @param spans null without a tracer
     */
    public static <E> GroupBatchHandler<E> ofBatches(
            @Nullable EventSpans spans, String group, GroupBatchHandler<E> handler) {
        return spans == null ? handler : batch -> spans.handle(handled(group, batch), () -> handler.handle(batch));
    }

    private static EventSpans.Handled handled(String group, GroupEvent<?> event) {
        EventRecord<?> record = event.record();
        return new EventSpans.Handled(
                group, event.stream().toString(), record.partition(), record.offset(), List.of(record.headers()));
    }

    private static EventSpans.Handled handled(String group, GroupBatch<?> batch) {
        List<Headers> headers =
                batch.records().stream().map(EventRecord::headers).toList();
        long first = batch.records().isEmpty()
                ? batch.from()
                : batch.records().get(0).offset();
        return new EventSpans.Handled(group, batch.stream().toString(), batch.partition(), first, headers);
    }
}
