package io.strandline;

import org.jspecify.annotations.Nullable;

/**
 * An event on its way into a stream.
 *
 * @param key routing key, at most {@value Limits#MAX_KEY_BYTES} bytes in UTF-8. With null, events are
 *     spread over the partitions without any order
 * @param event the application's event
 * @param headers its headers, {@link Headers#NONE} for none
 * @param sequence the writer's own number, or null if the writer counts by itself
 */
public record NewEvent<E>(
        @Nullable String key,
        E event,
        Headers headers,
        @Nullable Sequence sequence) {

    /** An event without headers. */
    public NewEvent(@Nullable String key, E event, @Nullable Sequence sequence) {
        this(key, event, Headers.NONE, sequence);
    }

    public static <E> NewEvent<E> of(@Nullable String key, E event) {
        return new NewEvent<>(key, event, Headers.NONE, null);
    }

    /** The same event with these headers in place of its own. */
    public NewEvent<E> with(Headers other) {
        return new NewEvent<>(key, event, other, sequence);
    }

    /** The same event with this number. */
    public NewEvent<E> with(Sequence number) {
        return new NewEvent<>(key, event, headers, number);
    }
}
