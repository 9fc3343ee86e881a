package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.log.impl.chunk.ChunkReader;
import io.strandline.log.impl.chunk.ChunkSection;
import io.strandline.log.impl.chunk.KeyScan;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Reads of one key in one partition: section by section through their key indexes, and by a scan of the events that are
 * still in memory. Belongs to one shard. The shard's state is accessed on its executor, and everything else runs
 * elsewhere.
 */
public final class HistoryReads {

    /** Sections, or parts of memory, that one slice looks at. Then the caller may continue or stop. */
    static final int MAX_STEPS = 64;

    /** Batches in memory that one step scans. References to those that may have the key are copied on the shard's executor. */
    static final int MAX_TAIL_BATCHES = 16 * 1024;

    /**
     * Batches in memory whose keys one step notes, on the shard's executor. Without that, each of many short histories would scan all of
     * memory. While more batches come between two histories, the rest is scanned.
     */
    static final int MAX_SIGNED_BATCHES = 256;

    private final ShardState state;
    private final ChunkReader chunks;
    private final Executor reads;
    private final Executor executor;

    /**
     * The reads of a shard.
     *
     * @param reads runs scans of memory
     * @param executor the shard's
     */
    public HistoryReads(ShardState state, ChunkReader chunks, Executor reads, Executor executor) {
        this.state = state;
        this.chunks = chunks;
        this.reads = reads;
        this.executor = executor;
    }

    /** See {@link io.strandline.spi.LogPort#history}. To be called on the shard's executor. */
    public Future<HistorySlice> read(long id, HistoryRequest request) {
        Partition partition = state.partition(id);
        if (partition == null) {
            return Future.failedFuture(state.gone(id));
        }
        long to = request.to() == HistoryRequest.END ? partition.endOffset() : request.to();
        long from = request.from() == HistoryRequest.START ? Math.min(partition.startOffset(), to) : request.from();
        if (to > partition.endOffset() || from > to) {
            return Future.failedFuture(new StrandlineException.Invalid("offsets " + request.from() + " to "
                    + request.to() + " of partition " + id + " are outside " + partition.startOffset() + " to "
                    + partition.endOffset()));
        }
        Reading reading =
                new Reading(id, new HistoryRequest(request.key(), from, to, request.direction(), request.maxBytes()));
        reading.step();
        return reading.promise.future();
    }

    /** One read, step by step. Its fields are used by one step at a time. */
    private final class Reading {

        private final long id;
        private final Promise<HistorySlice> promise = Promise.promise();
        private final List<HistorySlice.Event> events = new ArrayList<>();
        private HistoryRequest left;
        private long bytes;
        private int steps;
        private @Nullable ChunkSection sectionRead;

        /** The section after {@link #sectionRead}, and what is found there meanwhile. */
        private @Nullable ChunkSection nextSection;

        private @Nullable Future<HistorySlice> nextSlice;

        Reading(long id, HistoryRequest request) {
            this.id = id;
            this.left = request;
        }

        /** On the shard's executor. What is known already, such as that a section has no event of the key, costs no hop. */
        void step() {
            Future<HistorySlice> slice = next();
            while (slice != null && slice.succeeded()) {
                take(slice.result());
                slice = next();
            }
            if (slice != null) {
                slice.onComplete((read, failure) -> {
                    if (read != null) {
                        take(read);
                        executor.execute(this::step);
                    } else {
                        executor.execute(() -> explain(failure));
                    }
                });
            }
        }

        /** Begins to read what comes next; null if the answer was given. */
        private @Nullable Future<HistorySlice> next() {
            Partition partition = state.partition(id);
            if (partition == null) {
                promise.fail(state.gone(id));
                return null;
            }
            if (left.from() < Math.min(partition.startOffset(), left.to())) {
                if (left.isForward()) {
                    promise.fail(truncated(partition));
                    return null;
                }
                left = left.between(Math.min(partition.startOffset(), left.to()), left.to());
            }
            if (left.from() >= left.to() || bytes >= left.maxBytes() || steps == MAX_STEPS) {
                promise.complete(new HistorySlice(left.from(), left.to(), events));
                return null;
            }
            steps++;
            return read(partition);
        }

        private void take(HistorySlice slice) {
            slice.events().forEach(this::add);
            left = left.after(slice);
        }

        private void add(HistorySlice.Event event) {
            events.add(event);
            bytes += event.length();
        }

        private Future<HistorySlice> read(Partition partition) {
            long offset = left.isForward() ? left.from() : left.to() - 1;
            if (offset >= partition.tailOffset()) {
                return readMemory(partition, offset);
            }
            ChunkSection section = partition.section(offset);
            if (section == null) {
                return Future.failedFuture(new StrandlineException.Corrupt(
                        "offset " + offset + " of partition " + id + " is neither in memory nor in a chunk"));
            }
            Future<HistorySlice> slice = section.equals(nextSection) && nextSlice != null && isBefore(section)
                    ? nextSlice
                    : chunks.history(section, left);
            sectionRead = section;
            nextSlice = null;
            if (steps > 1 && steps < MAX_STEPS) {
                readAhead(partition, section);
            }
            return slice;
        }

        /** Whether all of a section is left to be read, as far as it was asked for. */
        private boolean isBefore(ChunkSection section) {
            return left.isForward() ? left.from() <= section.baseOffset() : left.to() >= section.endOffset();
        }

        /**
         * Begins to read the section after one that is read, so that two threads are at work. A slice that ends with its first
         * section reads nothing in vain. What is found may be given up: if the section was merged or truncated meanwhile, or if
         * there is enough.
         */
        private void readAhead(Partition partition, ChunkSection section) {
            long offset = left.isForward() ? section.endOffset() : section.baseOffset() - 1;
            if (offset < Math.max(left.from(), partition.startOffset())
                    || offset >= Math.min(left.to(), partition.tailOffset())) {
                return;
            }
            nextSection = partition.section(offset);
            if (nextSection != null) {
                nextSlice = chunks.history(
                        nextSection,
                        left.isForward() ? left.between(offset, left.to()) : left.between(left.from(), offset + 1));
            }
        }

        private Future<HistorySlice> readMemory(Partition partition, long offset) {
            BatchRun tail = partition.tail();
            int nearest = tail.indexOf(offset);
            int first = left.isForward() ? nearest : Math.max(0, nearest + 1 - MAX_TAIL_BATCHES);
            int end = left.isForward() ? Math.min(tail.size(), nearest + MAX_TAIL_BATCHES) : nearest + 1;
            long low = Math.max(left.from(), tail.baseOffset(first));
            long high = end == tail.size() ? left.to() : Math.min(left.to(), tail.baseOffset(end));
            // What is found refers to the arrays, which are handed out so.
            BatchRun batches = tail.copyOfKey(left.key(), first, end, MAX_SIGNED_BATCHES);
            HistoryRequest request = left;
            if (batches.isEmpty()) {
                return Future.succeededFuture(KeyScan.scan(batches, request, low, high));
            }
            Promise<HistorySlice> scanned = Promise.promise();
            try {
                reads.execute(() -> {
                    HistorySlice slice;
                    try {
                        slice = KeyScan.scan(batches, request, low, high);
                    } catch (Throwable e) {
                        scanned.fail(e);
                        return;
                    }
                    scanned.complete(slice);
                });
            } catch (RejectedExecutionException e) {
                scanned.fail(new StrandlineException.Unavailable(
                        "partition " + id + " cannot be read: the log is closed", e));
            }
            return scanned.future();
        }

        private boolean isReplaced(Partition partition, long offset) {
            return sectionRead != null && !sectionRead.equals(partition.section(offset));
        }

        private StrandlineException truncated(Partition partition) {
            return new StrandlineException.Truncated("offset " + left.from() + " of partition " + id
                    + " is gone, it starts at " + partition.startOffset());
        }

        /** A chunk that vanished during a read was truncated, dropped or merged meanwhile. The state shows which. */
        private void explain(Throwable failure) {
            Partition partition = state.partition(id);
            long offset = left.isForward() ? left.from() : left.to() - 1;
            if (partition == null || offset < partition.startOffset() || isReplaced(partition, offset)) {
                step();
            } else if (failure instanceof StrandlineException) {
                promise.fail(failure);
            } else {
                promise.fail(new StrandlineException.Unavailable(
                        "offsets " + left.from() + " to " + left.to() + " of partition " + id + " cannot be read",
                        failure));
            }
        }
    }
}
