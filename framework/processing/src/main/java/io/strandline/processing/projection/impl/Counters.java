package io.strandline.processing.projection.impl;

import io.strandline.processing.projection.ProjectionStatistics;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What one member has done. Written on its context, read on any thread. */
final class Counters {

    final AtomicInteger partitions = new AtomicInteger();
    final AtomicLong events = new AtomicLong();
    final AtomicLong replayed = new AtomicLong();
    final AtomicLong batches = new AtomicLong();
    final AtomicLong repeated = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final AtomicLong retries = new AtomicLong();
    final AtomicLong realigned = new AtomicLong();

    ProjectionStatistics read() {
        return new ProjectionStatistics(
                partitions.get(),
                events.get(),
                replayed.get(),
                batches.get(),
                repeated.get(),
                refused.get(),
                retries.get(),
                realigned.get());
    }
}
