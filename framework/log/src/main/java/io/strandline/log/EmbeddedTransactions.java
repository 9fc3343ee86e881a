package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.internal.KeyHash;
import io.strandline.log.impl.catalog.WriterAdmissions;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.transaction.PartTarget;
import io.strandline.log.impl.transaction.ShardTransactions;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.TransactionClaims;
import io.strandline.spi.TransactionPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Routes each call to the home shard of its transaction, which is found by the hash of the transaction id. Also routes
 * the calls of a home shard to the shards of its streams.
 */
final class EmbeddedTransactions implements TransactionPort, PartTarget {

    private final ShardHost[] shards;
    private final WriterAdmissions writers;

    EmbeddedTransactions(ShardHost[] shards, WriterAdmissions writers) {
        this.shards = shards;
        this.writers = writers;
    }

    // ---- to the home shard

    /** Index of the shard that keeps a transaction. */
    int homeShard(String id) {
        byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
        return (int) Long.remainderUnsigned(KeyHash.of(bytes, 0, bytes.length), shards.length);
    }

    private <T> Future<T> home(String id, Function<ShardTransactions, Future<T>> call) {
        return shards[homeShard(id)].call(shard -> call.apply(shard.transactions()));
    }

    @Override
    public Future<Void> begin(String id, long leaseMillis) {
        return begin(id, leaseMillis, "");
    }

    @Override
    public Future<Void> begin(String id, long leaseMillis, String owner) {
        if (owner.length() > MAX_OWNER_CHARACTERS) {
            return Future.failedFuture(new StrandlineException.Invalid("owner of transaction " + id + " has "
                    + owner.length() + " characters, the limit is " + MAX_OWNER_CHARACTERS));
        }
        return checked(id, leaseMillis, () -> home(id, home -> home.begin(id, leaseMillis, owner)));
    }

    @Override
    public Future<Void> write(String id, long sequence, StreamName stream, byte[] records, int events) {
        return home(id, home -> home.write(id, sequence, stream, records, events));
    }

    @Override
    public Future<Void> ping(String id, long leaseMillis) {
        return checked(id, leaseMillis, () -> home(id, home -> home.ping(id, leaseMillis)));
    }

    @Override
    public Future<TransactionStatus> commit(String id) {
        return home(id, home -> home.commit(id));
    }

    @Override
    public Future<TransactionStatus> abort(String id) {
        return home(id, home -> home.abort(id));
    }

    @Override
    public Future<TransactionStatus> status(String id) {
        return home(id, home -> home.status(id));
    }

    @Override
    public Future<TransactionClaims> claimsOf(String id) {
        return home(id, home -> Future.succeededFuture(home.claimsOf(id)));
    }

    @Override
    public Future<List<TransactionDescription>> unfinished() {
        return ofAll(ShardTransactions::unfinished);
    }

    @Override
    public Future<List<PartSetAside>> partsSetAside() {
        return ofAll(ShardTransactions::partsSetAside);
    }

    @Override
    public Future<Void> dropPart(String id, StreamName stream) {
        return home(id, home -> home.dropPart(id, stream));
    }

    /** What all shards have, in their order. */
    private <T> Future<List<T>> ofAll(Function<ShardTransactions, Future<List<T>>> call) {
        List<Future<List<T>>> asked = new ArrayList<>();
        for (ShardHost shard : shards) {
            asked.add(shard.call(life -> call.apply(life.transactions())));
        }
        return Future.all(asked)
                .map(all -> all.<List<T>>list().stream().flatMap(List::stream).toList());
    }

    private interface Call {
        Future<Void> make();
    }

    private static Future<Void> checked(String id, long leaseMillis, Call call) {
        try {
            ShardTransactions.requireValid(id, leaseMillis);
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        return call.make();
    }

    // ---- from a home shard

    @Override
    public Future<Long> writerNumber(StreamName stream, String writerId) {
        return writers.number(stream, writerId);
    }

    @Override
    public Future<WriterGrant> admit(StreamName stream, String writerId) {
        return writers.admit(stream, writerId);
    }

    @Override
    public Future<ParcelReply> append(Parcel parcel) {
        return shards[parcel.shard()].call(shard -> shard.appendDecided(parcel));
    }
}
