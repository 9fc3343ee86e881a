package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.Waiter;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.ReadSlice.Segment;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Reads of a shard: from memory at the tail, from chunks before the tail, and waiting at the end. */
public final class PartitionReads {

    /** Most reads that may wait at the end of one partition. */
    public static final int MAX_WAITING = 10_000;

    private final ShardState state;
    private final ChunkReader chunks;
    private final Executor executor;

    public PartitionReads(ShardState state, ChunkReader chunks, Executor executor) {
        this.executor = executor;
        this.state = state;
        this.chunks = chunks;
    }

    public Future<ReadSlice> read(long id, long offset, int maxBytes) {
        Partition partition = state.partition(id);
        StrandlineException refusal = check(partition, id, offset);
        if (partition == null || refusal != null) {
            return Future.failedFuture(refusal);
        }
        return readAt(partition, offset, maxBytes);
    }

    /**
     * Waits at the end. What is there already is answered from memory alone. Whoever waits before that gets no events, and reads them: a read of
     * storage is paced by whoever serves it, and a wait is not.
     */
    public void await(long id, Waiter waiter) {
        Partition partition = state.partition(id);
        StrandlineException refusal = check(partition, id, waiter.offset());
        if (partition == null || refusal != null) {
            waiter.promise().fail(refusal);
        } else if (waiter.offset() < partition.endOffset()) {
            waiter.promise().complete(inMemory(partition, waiter));
        } else if (partition.sealed()) {
            waiter.leave(partition.nothing());
        } else if (partition.waiters().size() >= MAX_WAITING) {
            waiter.promise()
                    .fail(new StrandlineException.Overloaded(partition.waiters().size()
                            + " reads wait at the end of partition " + id + ", the limit is " + MAX_WAITING));
        } else {
            partition.waiters().put(waiter.promise().future(), waiter);
        }
    }

    private static ReadSlice inMemory(Partition partition, Waiter waiter) {
        if (waiter.offset() < partition.tailOffset()) {
            return partition.nothing();
        }
        return new ReadSlice(
                partition.startOffset(),
                partition.endOffset(),
                partition.sealed(),
                fromMemory(partition.tail(), waiter.offset(), waiter.maxBytes()));
    }

    /** Answers a read that waits, if it still does, with nothing. */
    void stopWaiting(long id, Future<ReadSlice> wait) {
        Partition partition = state.partition(id);
        Waiter waiter = partition == null ? null : partition.waiters().remove(wait);
        if (partition != null && waiter != null) {
            waiter.leave(partition.nothing());
        }
    }

    private @Nullable StrandlineException check(@Nullable Partition partition, long id, long offset) {
        if (partition == null) {
            return state.gone(id);
        }
        if (offset < 0 || offset > partition.endOffset()) {
            return new StrandlineException.Invalid("offset " + offset + " of partition " + id + " is outside "
                    + partition.startOffset() + " to " + partition.endOffset());
        }
        if (offset < partition.startOffset()) {
            return new StrandlineException.Truncated(
                    "offset " + offset + " of partition " + id + " is gone, it starts at " + partition.startOffset());
        }
        return null;
    }

    private Future<ReadSlice> readAt(Partition partition, long offset, int maxBytes) {
        long start = partition.startOffset();
        long end = partition.endOffset();
        boolean sealed = partition.sealed();
        if (offset == end) {
            return Future.succeededFuture(new ReadSlice(start, end, sealed, List.of()));
        }
        if (offset >= partition.tailOffset()) {
            return Future.succeededFuture(
                    new ReadSlice(start, end, sealed, fromMemory(partition.tail(), offset, maxBytes)));
        }
        ChunkSection section = partition.section(offset);
        if (section == null) {
            return Future.failedFuture(new StrandlineException.Corrupt(
                    "offset " + offset + " of partition " + partition.id() + " is neither in memory nor in a chunk"));
        }
        return chunks.read(section, offset, maxBytes)
                .map(segments -> new ReadSlice(start, end, sealed, segments))
                .recover(failure -> explain(partition.id(), section, offset, maxBytes, failure));
    }

    /** A chunk that vanished during a read was truncated, dropped or merged meanwhile. The state shows which. */
    private Future<ReadSlice> explain(long id, ChunkSection read, long offset, int maxBytes, Throwable failure) {
        Promise<ReadSlice> promise = Promise.promise();
        executor.execute(() -> {
            Partition partition = state.partition(id);
            StrandlineException refusal = check(partition, id, offset);
            if (partition == null || refusal != null) {
                promise.fail(refusal);
            } else if (!read.equals(partition.section(offset))) {
                readAt(partition, offset, maxBytes).onComplete(promise);
            } else if (failure instanceof StrandlineException) {
                promise.fail(failure);
            } else {
                promise.fail(new StrandlineException.Unavailable(
                        "offset " + offset + " of partition " + id + " cannot be read", failure));
            }
        });
        return promise.future();
    }

    private static List<Segment> fromMemory(BatchRun tail, long offset, int maxBytes) {
        List<Segment> segments = new ArrayList<>();
        int bytes = 0;
        byte[] array = null;
        int from = 0;
        int to = 0;
        int first = tail.indexOf(offset);
        int next = first;
        for (; next < tail.size(); next++) {
            int length = tail.lengthOf(next);
            if (bytes > 0 && bytes + length > maxBytes) {
                break;
            }
            if (array == tail.array(next) && to == tail.at(next)) {
                to += length;
            } else {
                if (array != null) {
                    segments.add(new Segment(array, from, to));
                }
                array = tail.array(next);
                from = tail.at(next);
                to = from + length;
            }
            bytes += length;
        }
        if (array != null) {
            segments.add(new Segment(array, from, to));
        }
        tail.handOut(first, next);
        return segments;
    }

    /** Answers those who wait at the end of a partition that has grown. */
    public void wake(Partition partition) {
        if (partition.waiters().isEmpty()) {
            return;
        }
        List<Waiter> waiting = List.copyOf(partition.waiters().values());
        partition.waiters().clear();
        for (Waiter waiter : waiting) {
            if (waiter.offset() >= partition.endOffset()) {
                partition.waiters().put(waiter.promise().future(), waiter);
            } else {
                Answers.of(() -> woken(partition, waiter)).onComplete(slice -> Answers.handle(waiter.promise(), slice));
            }
        }
    }

    private Future<ReadSlice> woken(Partition partition, Waiter waiter) {
        StrandlineException refusal = check(partition, partition.id(), waiter.offset());
        return refusal == null ? Future.succeededFuture(inMemory(partition, waiter)) : Future.failedFuture(refusal);
    }

    void stop(StrandlineException cause) {
        for (Partition partition : state.partitions().values()) {
            partition.waiters().values().forEach(waiter -> Answers.fail(waiter.promise(), cause));
            partition.waiters().clear();
        }
    }
}
