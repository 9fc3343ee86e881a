package io.strandline.log.impl.control;

import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ShardState;
import java.util.ArrayList;
import java.util.List;

/**
 * The applied state of a shard as of one frame, captured while the state continues to change. The start copies only
 * references. Then partitions are encoded in slices between other tasks of the shard. A partition that is about to change
 * before its turn is encoded first, see {@link Partition#beforeChange}. Everything else consists of values that never
 * change, and is encoded on another thread.
 *
 * <p>Everything except {@link #encode} belongs to the shard's executor.
 */
public final class CheckpointCapture implements Partition.Capture {

    /** Partitions that one slice looks at, at most. */
    static final int SLICE_PARTITIONS = 256;

    /** Bytes after which a slice ends. */
    static final int SLICE_BYTES = 64 << 10;

    private final ShardState state;
    private final long asOfFrame;
    private final long flushedUpToFrame;
    private final List<Partition> partitions;
    private int next;

    private final List<byte[]> pieces = new ArrayList<>();
    private RecordOutput piece = new RecordOutput();

    private final List<ControlRecord.WriterRaised> raised = new ArrayList<>();
    private final CatalogState catalog;
    private final List<ControlRecord> transactions;
    private final List<ControlRecord> claims = new ArrayList<>();

    private CheckpointCapture(ShardState state, long flushedUpToFrame) {
        this.state = state;
        this.asOfFrame = state.appliedFrame();
        this.flushedUpToFrame = flushedUpToFrame;
        this.partitions =
                new ArrayList<>(state.partitions().size() + state.opening().size());
        partitions.addAll(state.partitions().values());
        partitions.addAll(state.opening().values());
        state.raised().forEach((writer, epoch) -> raised.add(new ControlRecord.WriterRaised(writer, epoch)));
        state.claims().forEach((partition, claim) -> claims.add(new ControlRecord.PartitionClaimed(partition, claim)));
        this.catalog = state.catalog().copy();
        this.transactions = TransactionRecord.of(state.transactions());
    }

    /**
     * Begins to capture a state, of which no other capture is under way.
     *
     * @param flushedUpToFrame batches of frames up to this one are in chunks, as the state says; 0 if none is known
     */
    public static CheckpointCapture begin(ShardState state, long flushedUpToFrame) {
        CheckpointCapture capture = new CheckpointCapture(state, flushedUpToFrame);
        capture.partitions.forEach(partition -> partition.captureBy(capture));
        return capture;
    }

    /** The frame whose applied state it is. */
    public long asOfFrame() {
        return asOfFrame;
    }

    /** Batches of frames up to this one are in chunks, as the captured state says. 0 if none is known. */
    public long flushedUpToFrame() {
        return flushedUpToFrame;
    }

    /**
     * Captures some partitions.
     *
     * @return true if all are captured
     */
    public boolean slice() {
        return slice(SLICE_PARTITIONS);
    }

    /** As {@link #slice()}, with fewer partitions. */
    boolean slice(int maxPartitions) {
        int before = pieces.size();
        int end = Math.min(partitions.size(), next + maxPartitions);
        while (next < end && pieces.size() == before) {
            partitions.get(next++).beforeChange();
        }
        return next == partitions.size();
    }

    @Override
    public void take(Partition partition) {
        boolean isOpening = state.opening().get(partition.id()) == partition;
        CheckpointCodec.writePartition(piece, partition, isOpening);
        if (piece.size() >= SLICE_BYTES) {
            pieces.add(piece.toBytes());
            piece = new RecordOutput();
        }
    }

    /** The bytes of the checkpoint. May be called on any thread, when all partitions are captured. */
    public byte[] encode() {
        RecordOutput out = new RecordOutput();
        CheckpointCodec.writeBeginning(out, flushedUpToFrame, partitions.size());
        pieces.forEach(out::writeBytes);
        out.writeBytes(piece.toBytes());
        CheckpointCodec.writeEnd(out, raised, catalog, transactions, claims);
        return out.toBytes();
    }

    /** The whole state at once. */
    public static byte[] encode(ShardState state) {
        return encode(state, 0);
    }

    /** As {@link #encode(ShardState)}, see {@link #begin}. */
    static byte[] encode(ShardState state, long flushedUpToFrame) {
        CheckpointCapture capture = begin(state, flushedUpToFrame);
        while (!capture.slice()) {
            // the next slice
        }
        return capture.encode();
    }
}
