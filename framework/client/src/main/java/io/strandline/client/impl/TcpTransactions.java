package io.strandline.client.impl;

import io.strandline.StreamName;
import io.strandline.TransactionDescription;
import io.strandline.TransactionStatus;
import io.strandline.Transactions.PartSetAside;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.spi.TransactionPort;
import io.vertx.core.Future;
import java.util.List;

/** The transactions of a log in another process. */
final class TcpTransactions implements TransactionPort {

    private final TcpPort port;

    TcpTransactions(TcpPort port) {
        this.port = port;
    }

    @Override
    public Future<Void> begin(String id, long leaseMillis) {
        return port.call(Operations.BEGIN, new Requests.Begin(id, leaseMillis)).mapEmpty();
    }

    @Override
    public Future<Void> write(String id, long sequence, StreamName stream, byte[] records, int events) {
        Requests.Bulk bulk = new Requests.Bulk(records, records.length, false);
        return port.call(Operations.WRITE, new Requests.Write(id, sequence, stream, events, bulk))
                .mapEmpty();
    }

    @Override
    public Future<Void> ping(String id, long leaseMillis) {
        return port.call(Operations.PING, new Requests.Begin(id, leaseMillis)).mapEmpty();
    }

    @Override
    public Future<TransactionStatus> commit(String id) {
        return port.call(Operations.COMMIT, id);
    }

    @Override
    public Future<TransactionStatus> abort(String id) {
        return port.call(Operations.ABORT, id);
    }

    @Override
    public Future<TransactionStatus> status(String id) {
        return port.call(Operations.STATUS, id);
    }

    @Override
    public Future<List<TransactionDescription>> unfinished() {
        return port.call(Operations.UNFINISHED, Nothing.NOTHING);
    }

    @Override
    public Future<List<PartSetAside>> partsSetAside() {
        return port.call(Operations.PARTS_SET_ASIDE, Nothing.NOTHING);
    }

    @Override
    public Future<Void> dropPart(String id, StreamName stream) {
        return port.call(Operations.DROP_PART, new Requests.DropPart(id, stream))
                .mapEmpty();
    }
}
