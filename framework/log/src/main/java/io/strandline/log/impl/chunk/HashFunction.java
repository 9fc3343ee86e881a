package io.strandline.log.impl.chunk;

/** Hash of a routing key: {@link io.strandline.internal.KeyHash}, except in tests of what happens when hashes collide. */
@FunctionalInterface
public interface HashFunction {

    /** Hash of a part of an array. */
    long of(byte[] bytes, int from, int length);
}
