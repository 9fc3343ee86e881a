package io.strandline.sync.hazelcast;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;

/**
 * Sends a task to the member that owns a key, and waits for nothing. The answer moves from Hazelcast's thread to a context at
 * once: Hazelcast's default executor would start a thread for each completion, and a thread of Hazelcast may not send the
 * next task.
 */
final class OnKey {

    private OnKey() {}

    static <V, R> Future<R> submit(
            ContextInternal context, IMap<String, V> map, String key, EntryProcessor<String, V, R> task) {
        Promise<R> answered = Promise.promise();
        try {
            map.submitToKey(key, task)
                    .whenCompleteAsync(
                            (answer, failure) -> context.emit(here -> {
                                if (failure == null) {
                                    answered.complete(answer);
                                } else {
                                    answered.fail(failure);
                                }
                            }),
                            Runnable::run);
        } catch (RuntimeException notSent) {
            answered.fail(notSent);
        }
        return answered.future();
    }
}
