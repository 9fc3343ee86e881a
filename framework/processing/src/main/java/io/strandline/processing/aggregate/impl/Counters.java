package io.strandline.processing.aggregate.impl;

import io.strandline.processing.aggregate.AggregateStatistics;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the owners of one kind of aggregates have done. Any context may count. */
final class Counters {

    final LongAdder partitions = new LongAdder();
    final AtomicLong calls = new AtomicLong();
    final LongAdder hot = new LongAdder();
    final LongAdder hotBytes = new LongAdder();
    final LongAdder accepted = new LongAdder();
    final LongAdder rejected = new LongAdder();
    final LongAdder repeated = new LongAdder();
    final LongAdder rebuilt = new LongAdder();
    final LongAdder rebuiltFromSnapshots = new LongAdder();
    final LongAdder snapshots = new LongAdder();
    final LongAdder snapshotsSkipped = new LongAdder();
    final LongAdder snapshotsUnreadable = new LongAdder();

    AggregateStatistics read() {
        return new AggregateStatistics(
                partitions.sum(),
                hot.sum(),
                hotBytes.sum(),
                calls.get(),
                accepted.sum(),
                rejected.sum(),
                repeated.sum(),
                rebuilt.sum(),
                rebuiltFromSnapshots.sum(),
                snapshots.sum(),
                snapshotsSkipped.sum(),
                snapshotsUnreadable.sum());
    }
}
