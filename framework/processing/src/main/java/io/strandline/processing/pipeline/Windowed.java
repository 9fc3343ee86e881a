package io.strandline.processing.pipeline;

/**
 * The result of one key in one window.
 *
 * @param key by which the events are grouped
 * @param start first millisecond of the window, since the epoch
 * @param end first millisecond after it
 * @param value what its events gave
 * @param isEarly true if the window was still open ({@link WindowedEvents#early})
 * @param isFinal true if no event can change it any more. A result is not final as long as later events are allowed
 */
public record Windowed<A>(String key, long start, long end, A value, boolean isEarly, boolean isFinal) {}
