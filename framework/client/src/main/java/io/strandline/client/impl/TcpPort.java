package io.strandline.client.impl;

import io.strandline.Catalog;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.RemoteCalls;
import io.strandline.client.operation.Requests;
import io.strandline.client.wire.Welcome;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelArrays;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import io.vertx.core.Future;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A log in another process, over a {@link Link}. Futures complete on the link's context. */
final class TcpPort implements LogPort, RemoteCalls {

    /** Arrays that are used again for parcels: those of a few writers that send at full speed, 4 MiB. */
    private static final int LENT_ARRAYS = 16;

    private final String address;
    private final Link link;
    private final Welcome welcome;
    private final ParcelArrays arrays = new ParcelArrays(LENT_ARRAYS);
    private final Catalog catalog = new TcpCatalog(this);
    private final TransactionPort transactions = new TcpTransactions(this);
    private final Map<Future<ReadSlice>, Call<?, ?>> waits = new ConcurrentHashMap<>();

    TcpPort(String address, Link link, Welcome welcome) {
        this.address = address;
        this.link = link;
        this.welcome = welcome;
    }

    @Override
    public <Q, R> Future<R> call(Operation<Q, R> operation, Q request) {
        return link.call(new Call<>(operation, request, false));
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public LogIdentity identity() {
        return new LogIdentity(welcome.log(), Optional.empty());
    }

    @Override
    public int shards() {
        return welcome.shards();
    }

    @Override
    public int maxEventBytes() {
        return welcome.maxEventBytes();
    }

    @Override
    public ParcelArrays parcelArrays(int shard) {
        return arrays;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public TransactionPort transactions() {
        return transactions;
    }

    // ---- writers

    @Override
    public Future<WriterGrant> admitWriter(StreamName stream, @Nullable String id) {
        return call(Operations.ADMIT_WRITER, new Requests.Admit(stream, Optional.ofNullable(id)));
    }

    @Override
    public Future<WriterGrant> claim(StreamName stream, long partition, long generation) {
        return call(Operations.CLAIM, new Requests.Claim(stream, partition, generation));
    }

    @Override
    public Future<Void> barrier(WriterGrant held) {
        return call(Operations.BARRIER, Requests.Held.of(held)).mapEmpty();
    }

    @Override
    public Future<WriterGrant> readmitWriter(WriterGrant held, @Nullable String id) {
        return call(Operations.READMIT_WRITER, heldBy(held, id));
    }

    @Override
    public Future<WriterGrant> refreshWriter(WriterGrant held, @Nullable String id) {
        return call(Operations.REFRESH_WRITER, heldBy(held, id));
    }

    private static Requests.HeldBy heldBy(WriterGrant held, @Nullable String id) {
        return new Requests.HeldBy(Requests.Held.of(held), Optional.ofNullable(id));
    }

    @Override
    public Future<StreamDescription> layout(StreamName stream) {
        return call(Operations.LAYOUT, stream);
    }

    @Override
    public Future<Long> offsetAt(PartitionDescription partition, long stamp) {
        return call(Operations.OFFSET_AT, new Requests.OffsetAt(partition, stamp));
    }

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        Future<ParcelReply> reply = call(Operations.APPEND, Requests.Append.of(parcel));
        if (parcel.isLent()) {
            // An answered parcel has left the socket. One that failed may still be in it, and its array is not used
            // again.
            reply.onSuccess(taken -> arrays.giveBack(parcel.bytes()));
        }
        return reply;
    }

    // ---- readers

    @Override
    public Future<ReadSlice> read(PartitionDescription partition, long offset, int maxBytes) {
        return call(Operations.READ_EVENTS, new Requests.Read(partition, offset, maxBytes))
                .compose(slice -> checked(partition, slice));
    }

    @Override
    public Future<ReadSlice> awaitEvents(PartitionDescription partition, long offset, int maxBytes) {
        Call<Requests.Read, ReadSlice> call =
                new Call<>(Operations.AWAIT_EVENTS, new Requests.Read(partition, offset, maxBytes), true);
        Future<ReadSlice> wait = link.call(call).compose(slice -> checked(partition, slice));
        if (!wait.isComplete()) {
            waits.put(wait, call);
            wait.onComplete(ended -> waits.remove(wait));
        }
        return wait;
    }

    @Override
    public void stopWaiting(PartitionDescription partition, Future<ReadSlice> wait) {
        Call<?, ?> call = waits.get(wait);
        if (call != null) {
            link.stopWaiting(call);
        }
    }

    /** What the way has damaged is asked for again. What the disk has damaged was found by the server. */
    private static Future<ReadSlice> checked(PartitionDescription partition, ReadSlice slice) {
        CRC32C crc = new CRC32C();
        for (ReadSlice.Segment segment : slice.segments()) {
            for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                String defect = Batch.defect(segment.bytes(), at, segment.to(), crc);
                if (defect != null) {
                    return Future.failedFuture(new StrandlineException.Unavailable(
                            "a slice of partition " + partition.id() + " did not come whole: " + defect));
                }
            }
        }
        return Future.succeededFuture(slice);
    }

    @Override
    public Future<HistorySlice> history(PartitionDescription partition, HistoryRequest request) {
        return call(Operations.HISTORY, new Requests.History(partition, request));
    }

    @Override
    public Future<BackupPoint> backup() {
        return call(Operations.BACKUP, Nothing.NOTHING);
    }

    @Override
    public Future<BackupProgress.State> backupState() {
        return call(Operations.BACKUP_STATE, Nothing.NOTHING);
    }

    /** Ends the connection. The log goes on. */
    @Override
    public Future<Void> close() {
        return link.close();
    }
}
