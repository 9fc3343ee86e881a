package io.strandline;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way into a stream.
 *
 * @param key routing key, at most {@value io.strandline.spi.Batch#MAX_KEY_BYTES} bytes in UTF-8; null spreads events
 *     over the partitions and orders them by nothing
 * @param event what happened
 * @param sequence the writer's own number, or null if the writer counts by itself
 */
public record NewEvent<E>(
        @Nullable String key, E event, @Nullable Sequence sequence) {

    public static <E> NewEvent<E> of(@Nullable String key, E event) {
        return new NewEvent<>(key, event, null);
    }
}
