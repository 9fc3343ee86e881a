package io.strandline.testkit.simulation;

import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.StreamDescription;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.simulation.model.TransactionLedger;
import io.strandline.testkit.simulation.model.TransactionLedger.Read;
import io.strandline.testkit.simulation.model.TransactionLedger.StreamCheck;
import io.strandline.testkit.simulation.model.TransactionModel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads all partitions of streams that only transactions write to, and compares them with a ledger. */
final class TransactionRead {

    private static final int READ_BYTES = 32 << 10;

    private final SimulatedMachine machine;
    private final Clients clients;
    private final TransactionLedger ledger;
    private final LogPort port;

    TransactionRead(SimulatedMachine machine, Clients clients, TransactionLedger ledger, LogPort port) {
        this.machine = machine;
        this.clients = clients;
        this.ledger = ledger;
        this.port = port;
    }

    void run(List<String> streams) {
        List<TransactionModel> committed = ledger.committed();
        List<List<TransactionModel>> orders = new ArrayList<>();
        for (String stream : streams) {
            var description =
                    machine.ask(clients, "describe", () -> port.catalog().describe(stream));
            if (description == null) {
                return;
            }
            StreamCheck check = ledger.check(stream);
            for (PartitionDescription partition : inSuccession(description)) {
                boolean isFirst = description.predecessors(partition.id()).isEmpty();
                orders.add(check.take(partition, isFirst, read(partition)));
                machine.throwViolation();
            }
            check.requireAll(committed);
            orders.addAll(check.ordersOfKeys());
        }
        ledger.checkOrders(orders);
        machine.throwViolation();
    }

    /** All partitions, successors after their predecessors. */
    private static List<PartitionDescription> inSuccession(StreamDescription stream) {
        List<PartitionDescription> all = new ArrayList<>();
        for (Scaling scaling : stream.scalings()) {
            scaling.sealed().forEach(parent -> all.add(parent.partition()));
        }
        all.addAll(stream.partitions());
        return all;
    }

    private List<Read> read(PartitionDescription partition) {
        List<Read> events = new ArrayList<>();
        Batch.Records records = new Batch.Records();
        while (true) {
            long from = events.size();
            ReadSlice slice = machine.ask(
                    clients, "read partition " + partition.id(), () -> port.read(partition, from, READ_BYTES));
            if (slice == null || slice.isEmpty()) {
                return events;
            }
            for (ReadSlice.Segment segment : slice.segments()) {
                for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                    records.reset(segment.bytes(), at);
                    while (records.hasNext()) {
                        records.next();
                        events.add(TransactionLedger.read(new String(
                                records.bytes(),
                                records.payloadFrom(),
                                records.payloadLength(),
                                StandardCharsets.UTF_8)));
                    }
                }
            }
        }
    }
}
