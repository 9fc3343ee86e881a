package io.strandline.impl.reader;

import io.strandline.StreamName;

/**
 * Which events a history has.
 *
 * @param stream of which they are
 * @param key their key
 * @param limit most events to hand over
 */
public record HistoryQuery(StreamName stream, String key, long limit) {}
