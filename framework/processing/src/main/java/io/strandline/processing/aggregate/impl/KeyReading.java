package io.strandline.processing.aggregate.impl;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Predicate;

/** Takes what a reader hands out, until there is no more or one has had enough. */
final class KeyReading {

    private KeyReading() {}

    /**
     * Hands each event to a function on the reader's context.
     *
     * @param more false ends the reading, and what it throws fails it
     */
    static <T> Future<Void> each(EventReader<T> reader, Predicate<EventRecord<T>> more) {
        Promise<Void> end = Promise.promise();
        reader.exceptionHandler(end::tryFail);
        reader.endHandler(ended -> end.tryComplete());
        reader.handler(read -> {
            if (end.future().isComplete()) {
                return;
            }
            try {
                if (!more.test(read)) {
                    reader.close();
                    end.tryComplete();
                }
            } catch (Throwable thrown) { // the functions of an application are called there
                reader.close();
                end.tryFail(thrown);
            }
        });
        return end.future();
    }
}
