package io.strandline.server.impl.operation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * References of failures: eight digits. A failure that comes again within {@value #SAME_MINUTES} minutes has the same one, so that a shard that fails
 * a thousand appends is logged once. Callable from any thread.
 */
final class FailureReferences {

    /** Minutes for which a failure keeps its reference. */
    static final int SAME_MINUTES = 10;

    /** Most failures that are remembered. Then all are forgotten, and each is logged once more. */
    static final int MAX_REMEMBERED = 1_000;

    private final LongSupplier nanoTime;
    private final Map<String, Given> given = new ConcurrentHashMap<>();

    private record Given(String text, long nanos) {}

    /** @param isNew true if nobody has got it yet */
    record Reference(String text, boolean isNew) {}

    FailureReferences(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A reference of its own. */
    String next() {
        return String.format("%08x", ThreadLocalRandom.current().nextInt());
    }

    /** The reference of a failure, by its text. */
    Reference of(String failure) {
        if (given.size() >= MAX_REMEMBERED) {
            given.clear();
        }
        long now = nanoTime.getAsLong();
        AtomicBoolean isNew = new AtomicBoolean();
        Given found = given.compute(failure, (same, known) -> {
            if (known != null && now - known.nanos < TimeUnit.MINUTES.toNanos(SAME_MINUTES)) {
                return known;
            }
            isNew.set(true);
            return new Given(next(), now);
        });
        return new Reference(found.text, isNew.get());
    }
}
