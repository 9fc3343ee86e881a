package io.strandline.spi;

import org.jspecify.annotations.Nullable;

/**
 * A key that must have no event in the partition of a batch from an offset on.
 *
 * @param key its bytes in UTF-8
 * @param type name of the event type that counts, in UTF-8. Null if all do
 * @param since the offset, or {@link Parcel#ELSEWHERE}
 */
@SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
public record KeyCheck(byte[] key, byte @Nullable [] type, long since) {}
