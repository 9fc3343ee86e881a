package io.strandline.testkit.simulation;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.testkit.BatchBuilder;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.TransactionLedger;
import io.strandline.testkit.simulation.model.TransactionModel;
import io.strandline.testkit.simulation.model.TransactionModel.Event;
import io.strandline.testkit.simulation.model.TransactionModel.Phase;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that begins, fills and ends one transaction after the other. It outlives the log's process, and repeats
 * unconfirmed calls. Some transactions are left to their lease.
 */
final class SimulatedTransactions {

    private static final int KEYS = 6;

    private final Clients clients;
    private final TransactionLedger ledger;
    private final LongSupplier nanos;
    private final String name;
    private final int shards;
    private final List<String> streams;
    private final EventSizes sizes;
    private int begun;
    private @Nullable TransactionModel transaction;
    private @Nullable PendingWrite write;
    private boolean asked;

    /** Events whose write is not confirmed. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record PendingWrite(long sequence, StreamName stream, byte[] records, List<Event> events) {
        @Override
        public String toString() {
            return sequence + " of " + events.size() + " events for " + stream;
        }
    }

    private long nextSequence;

    SimulatedTransactions(
            Clients clients,
            TransactionLedger ledger,
            LongSupplier nanos,
            String name,
            int shards,
            List<String> streams,
            EventSizes sizes) {
        this.clients = clients;
        this.ledger = ledger;
        this.nanos = nanos;
        this.name = name;
        this.shards = shards;
        this.streams = streams;
        this.sizes = sizes;
    }

    /**
     * How much applications write.
     *
     * @param mostEvents of one write
     * @param mostBytes of one event, 0 for the minimum that identifies it
     */
    record EventSizes(int mostEvents, int mostBytes) {}

    /** The process is gone. */
    void lost() {
        asked = false;
    }

    /** True if it has nothing that must still be answered. */
    boolean isDone() {
        return transaction == null && !asked;
    }

    void act() {
        if (asked) {
            return;
        }
        TransactionModel current = transaction;
        if (current == null) {
            if (!clients.draining) {
                begin(next());
            }
            return;
        }
        switch (current.phase()) {
            case BEGINNING -> begin(current);
            case OPEN -> goOn(current);
            case COMMITTING -> end(current, true);
            case ABORTING -> end(current, false);
            default -> transaction = null;
        }
    }

    private TransactionModel next() {
        String id = name + "-" + begun++;
        byte[] bytes = id.getBytes(StandardCharsets.UTF_8);
        int home = (int) Long.remainderUnsigned(KeyHash.of(bytes, 0, bytes.length), shards);
        TransactionModel next = new TransactionModel(id, home, 150 + clients.random.nextInt(2_000));
        ledger.add(next);
        transaction = next;
        write = null;
        nextSequence = 0;
        return next;
    }

    private void begin(TransactionModel current) {
        long sent = nanos.getAsLong();
        ask(
                "begin " + current,
                clients.port().transactions().begin(current.id(), current.leaseMillis()),
                (done, failure) -> {
                    // The client is the only one to use the id, so that a conflict is with its own first try.
                    if (failure == null || failure instanceof StrandlineException.Conflict) {
                        current.setPhase(Phase.OPEN);
                        current.setRenewedNanos(failure == null ? sent : Long.MIN_VALUE);
                    } else {
                        clients.requireTemporary(failure, () -> "begin " + current);
                    }
                });
    }

    private void goOn(TransactionModel current) {
        int choice = clients.random.nextInt(20);
        if (write != null) {
            write(current, write);
        } else if (clients.draining || choice < 5) {
            current.setPhase(choice == 0 ? Phase.ABORTING : Phase.COMMITTING);
            end(current, choice != 0);
        } else if (choice < 15) {
            write(current, newWrite(current));
        } else if (choice < 17) {
            ping(current);
        } else if (choice < 18 && clients.random.nextInt(4) == 0) {
            clients.trace(() -> "leave " + current + " to its lease");
            transaction = null;
        } else {
            status(current);
        }
    }

    private PendingWrite newWrite(TransactionModel current) {
        String stream = streams.get(clients.random.nextInt(streams.size()));
        BatchBuilder batch = new BatchBuilder(0, 0, 1, Sequence.NONE, new Sequence(0, 0));
        List<Event> events = new ArrayList<>();
        int count = 1 + clients.random.nextInt(sizes.mostEvents());
        for (int i = 0; i < count; i++) {
            String key = clients.random.nextInt(5) == 0 ? "" : "key-" + clients.random.nextInt(KEYS);
            String payload =
                    TransactionLedger.payload(current.id(), current.events().size() + i);
            int size = sizes.mostBytes() == 0 ? 0 : clients.random.nextInt(sizes.mostBytes());
            byte[] bytes = TransactionLedger.padded(payload, size);
            events.add(new Event(stream, key, payload));
            if (key.isEmpty()) {
                batch.add(bytes);
            } else {
                batch.add(key, bytes);
            }
        }
        byte[] built = batch.build();
        write = new PendingWrite(
                nextSequence,
                StreamName.parse(stream),
                Arrays.copyOfRange(built, Batch.HEADER_BYTES, built.length),
                events);
        return write;
    }

    private void write(TransactionModel current, PendingWrite pending) {
        long sent = nanos.getAsLong();
        Future<Void> written = clients.port()
                .transactions()
                .write(
                        current.id(),
                        pending.sequence(),
                        pending.stream(),
                        pending.records(),
                        pending.events().size());
        ask("write " + pending + " into " + current, written, (done, failure) -> {
            if (failure == null) {
                current.events().addAll(pending.events());
                current.setRenewedNanos(sent);
                nextSequence++;
                write = null;
            } else if (failure instanceof StrandlineException.Invalid && sizes.mostBytes() > 0) {
                // The part of a partition, or what home shards hold, would be too large: the log says so before it
                // takes it.
                write = null;
                current.setPhase(Phase.COMMITTING);
            } else {
                notConfirmed(current, "write", failure);
            }
        });
    }

    private void ping(TransactionModel current) {
        long sent = nanos.getAsLong();
        ask(
                "ping " + current,
                clients.port().transactions().ping(current.id(), current.leaseMillis()),
                (done, failure) -> {
                    if (failure == null) {
                        current.setRenewedNanos(sent);
                    } else {
                        notConfirmed(current, "ping", failure);
                    }
                });
    }

    private void status(TransactionModel current) {
        ask("status of " + current, clients.port().transactions().status(current.id()), (status, failure) -> {
            if (failure != null) {
                clients.requireTemporary(failure, () -> "status of " + current);
            } else if (status == TransactionStatus.ABORTED) {
                expired(current);
            } else {
                clients.violations.require(
                        status == TransactionStatus.OPEN,
                        Invariant.UNDECIDED_IS_INVISIBLE,
                        () -> current + " is " + status);
            }
        });
    }

    private void end(TransactionModel current, boolean commit) {
        LogPort port = clients.port();
        Future<TransactionStatus> ended = commit
                ? port.transactions().commit(current.id())
                : port.transactions().abort(current.id());
        ask((commit ? "commit " : "abort ") + current, ended, (status, failure) -> {
            if (failure == null) {
                clients.violations.require(
                        status == (commit ? TransactionStatus.COMMITTED : TransactionStatus.ABORTED),
                        Invariant.COMMITTED_IS_WHOLE,
                        () -> "the end of " + current + " is " + status);
                current.setPhase(commit ? Phase.COMMITTED : Phase.ABORTED);
                transaction = null;
            } else if (commit) {
                notConfirmed(current, "commit", failure);
            } else {
                clients.requireTemporary(failure, () -> "abort " + current);
            }
        });
    }

    private void notConfirmed(TransactionModel current, String call, Throwable failure) {
        if (failure instanceof StrandlineException.Conflict) {
            expired(current);
        } else {
            clients.requireTemporary(failure, () -> call + " " + current);
        }
    }

    /** The log says that the transaction was aborted, though nobody asked. */
    private void expired(TransactionModel current) {
        long idle = nanos.getAsLong() - current.renewedNanos();
        clients.violations.require(
                current.renewedNanos() == Long.MIN_VALUE || idle >= current.leaseMillis() * 1_000_000,
                Invariant.LEASE_HOLDS,
                () -> current + " was aborted " + idle + " ns after its lease of " + current.leaseMillis()
                        + " ms was renewed");
        current.setPhase(Phase.ABORTED);
        transaction = null;
    }

    private <T> void ask(String call, Future<T> future, Clients.Answer<T> answer) {
        clients.trace(() -> call);
        asked = true;
        clients.answer(
                future,
                (value, failure) -> {
                    asked = false;
                    clients.trace(() -> call + " → " + (failure == null ? "" + value : failure));
                    answer.take(value, failure);
                },
                this::act);
    }
}
