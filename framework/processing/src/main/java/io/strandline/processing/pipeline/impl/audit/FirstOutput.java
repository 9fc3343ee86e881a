package io.strandline.processing.pipeline.impl.audit;

import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.WriterMark;
import io.strandline.internal.KeyHash;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first output of a task to one partition of a sink that an audit gives otherwise than the log has it. It reads the partition
 * from where the first checkpoint may be, and takes the batches of the writer whose digest is that of the later checkpoint.
 *
 * <p>There is no answer if a checkpoint was taken in the middle of a batch, or if there are too many outputs.
 */
final class FirstOutput {

    /** Most outputs of one writer to one partition that are remembered. */
    static final int MAX_OUTPUTS = 100_000;

    private static final int READ_BYTES = 1 << 20;

    /** Digests of records, in the order of a partition. */
    static final class Outputs {

        private final List<Digests> batches = new ArrayList<>();
        private int count;

        /** Takes the records of a batch. */
        void add(byte[] bytes, int at) {
            Sequence before = sequence(bytes, at + Batch.PREVIOUS_MAJOR);
            Sequence last = sequence(bytes, at + Batch.LAST_MAJOR);
            int events = Batch.count(bytes, at);
            count += events;
            if (count > MAX_OUTPUTS) {
                return;
            }
            long[] digests = new long[events];
            Batch.Records records = new Batch.Records().reset(bytes, at);
            for (int i = 0; i < events; i++) {
                records.next();
                digests[i] =
                        KeyHash.of(records.bytes(), records.recordFrom(), records.recordTo() - records.recordFrom());
            }
            batches.add(new Digests(before, last, Batch.offset(bytes, at), digests));
        }

        /** The outputs after a number, or null if it is in the middle of a batch or there were too many. */
        private @Nullable List<Output> after(Sequence number) {
            List<Output> outputs = new ArrayList<>();
            for (Digests batch : batches) {
                if (batch.last().compareTo(number) <= 0) {
                    continue;
                }
                if (batch.before().compareTo(number) < 0) {
                    return null;
                }
                for (int i = 0; i < batch.each().length; i++) {
                    outputs.add(new Output(batch, i));
                }
            }
            return count > MAX_OUTPUTS ? null : outputs;
        }

        private static Sequence sequence(byte[] bytes, int at) {
            return new Sequence(LittleEndian.getLong(bytes, at), LittleEndian.getLong(bytes, at + Long.BYTES));
        }
    }

    /**
     * Those of a batch.
     *
     * @param offset of its first event, in the log
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Digests(Sequence before, Sequence last, long offset, long[] each) {}

    /** One output of a batch. */
    private record Output(Digests batch, int index) {

        long digest() {
            return batch.each()[index];
        }

        long offset() {
            return batch.offset() + index;
        }
    }

    /**
     * Between which the outputs are compared.
     *
     * @param from where the first checkpoint is
     * @param to where the later one is
     */
    record Marks(WriterMark from, WriterMark to) {}

    private final LogPort port;
    private final PartitionDescription partition;
    private final WriterMark to;
    /** Writer number → what it appended. */
    private final Map<Long, Outputs> found = new HashMap<>();

    private @Nullable Outputs stored;

    /** @param to where the later checkpoint is */
    private FirstOutput(LogPort port, PartitionDescription partition, WriterMark to) {
        this.port = port;
        this.partition = partition;
        this.to = to;
    }

    /**
     * Describes the first output that differs. Completes with nothing if it cannot be found.
     *
     * @param stamp of an event of the log that was there before the first checkpoint was cut
     * @param audited what the audit gave
     */
    static Future<String> find(LogPort port, PartitionDescription partition, long stamp, Marks marks, Outputs audited) {
        FirstOutput search = new FirstOutput(port, partition, marks.to());
        return port.offsetAt(partition, stamp)
                .compose(search::read)
                .compose(read -> search.compare(marks.from(), audited))
                .otherwise("");
    }

    private Future<Void> read(long offset) {
        return port.read(partition, offset, READ_BYTES).compose(slice -> {
            long next = take(slice, offset);
            return stored != null || next == offset ? Future.succeededFuture() : read(next);
        });
    }

    /** Takes the batches of a slice. Returns the offset after them. */
    private long take(ReadSlice slice, long from) {
        long next = from;
        for (ReadSlice.Segment segment : slice.segments()) {
            int at = segment.from();
            while (at < segment.to() && stored == null) {
                byte[] bytes = segment.bytes();
                Outputs writer = found.computeIfAbsent(Batch.writer(bytes, at), first -> new Outputs());
                writer.add(bytes, at);
                if (LittleEndian.getLong(bytes, at + Batch.DIGEST) == to.digest()
                        && Outputs.sequence(bytes, at + Batch.LAST_MAJOR).equals(to.last())) {
                    stored = writer;
                }
                next = Batch.offset(bytes, at) + Batch.count(bytes, at);
                at += Batch.length(bytes, at);
            }
        }
        return next;
    }

    private Future<String> compare(WriterMark from, Outputs audited) {
        List<Output> expected = stored == null ? null : stored.after(from.last());
        List<Output> given = audited.after(from.last());
        if (expected == null || given == null) {
            return Future.succeededFuture("");
        }
        int same = 0;
        while (same < expected.size()
                && same < given.size()
                && expected.get(same).digest() == given.get(same).digest()) {
            same++;
        }
        if (same == expected.size()) {
            return Future.succeededFuture(
                    same == given.size()
                            ? "; the outputs are the same, under other numbers of steps"
                            : "; the audit gave another one after all " + same + " of the checkpoint");
        }
        Output first = expected.get(same);
        String what =
                "; the first that differs is number " + (same + 1) + ", at offset " + first.offset() + " with key ";
        String where = ", in a step up to " + first.batch().last().major()
                + (same == given.size() ? ", where the audit gave none" : "");
        return port.read(partition, first.offset(), 1).map(slice -> what + keyAt(slice, first.offset()) + where);
    }

    private static String keyAt(ReadSlice slice, long offset) {
        ReadSlice.Segment segment = slice.segments().get(0);
        Batch.Records records = new Batch.Records().reset(segment.bytes(), segment.from());
        do {
            records.next();
        } while (records.offset() < offset);
        return records.keyLength() < 0
                ? "none"
                : new String(records.bytes(), records.keyFrom(), records.keyLength(), StandardCharsets.UTF_8);
    }
}
