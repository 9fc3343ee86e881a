package io.strandline.processing.impl;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Predicate;
import java.util.stream.Collector;

/** Takes what a finite reader hands out, until there is no more or one has had enough. */
public final class PartialReading {

    private PartialReading() {}

    /**
     * Hands each event to a function on the reader's context, and closes the reader. Fails with Unavailable if the reader's
     * verticle is undeployed before the end.
     *
     * @param more false ends the reading, and what it throws fails it
     */
    public static <T> Future<Void> each(EventReader<T> reader, Predicate<EventRecord<T>> more) {
        Promise<Void> end = Promise.promise();
        Collector<EventRecord<T>, Promise<Void>, Promise<Void>> collector =
                Collector.of(() -> end, (ending, read) -> take(more, ending, read), (one, other) -> one);
        reader.collect(collector).onComplete((ended, cause) -> {
            if (cause == null) {
                end.tryComplete();
            } else {
                end.tryFail(cause);
            }
        });
        return end.future().eventually(reader::close);
    }

    private static <T> void take(Predicate<EventRecord<T>> more, Promise<Void> end, EventRecord<T> read) {
        if (end.future().isComplete()) {
            return;
        }
        try {
            if (!more.test(read)) {
                end.tryComplete();
            }
        } catch (Throwable thrown) { // the functions of an application are called there
            end.tryFail(thrown);
        }
    }
}
