package io.strandline.log.impl.control;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.TransactionState;
import io.strandline.log.impl.state.TransactionWrite;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A change of the transactions whose home is a shard. See {@link ControlRecord} for the bytes. */
public sealed interface TransactionRecord extends ControlRecord {

    byte BEGUN = 9;
    byte WRITTEN = 10;
    byte DECIDED = 11;
    byte FINISHED = 12;
    byte DECISIONS_COUNTED = 13;
    byte SET_ASIDE = 15;
    byte PART_DROPPED = 35;
    byte BEGUN_BY = 36;

    byte ABORTED = 0;
    byte COMMITTED = 1;
    byte INCOMPLETE = 2;

    /** Records that make transactions again, for a journal checkpoint. */
    static List<ControlRecord> of(TransactionState state) {
        List<ControlRecord> records = new ArrayList<>();
        if (state.nextDecision() > TransactionState.FIRST_DECISION) {
            records.add(new DecisionsCounted(state.nextDecision()));
        }
        state.finished().forEach((id, status) -> records.add(new Finished(id, status)));
        for (KeptTransaction transaction : state.unfinished()) {
            records.add(begun(transaction.id(), transaction.leaseMillis(), transaction.owner()));
            transaction.writes().forEach(write -> records.add(new Written(write)));
            if (transaction.isDecided()) {
                records.add(new Decided(transaction.id(), transaction.decision()));
            }
            transaction.setAside().forEach((stream, why) -> records.add(new SetAside(transaction.id(), stream, why)));
            transaction.dropped().stream()
                    .sorted(Comparator.comparing(StreamName::toString))
                    .forEach(stream -> records.add(new PartDropped(transaction.id(), stream)));
        }
        return records;
    }

    /**
     * The beginning of a transaction. That of nobody has the form which every release reads.
     *
     * @param owner empty for nobody
     */
    static TransactionRecord begun(String id, long leaseMillis, String owner) {
        return owner.isEmpty() ? new Begun(id, leaseMillis) : new BegunBy(id, leaseMillis, owner);
    }

    /** Reads the fields of a record of one of these kinds. */
    static TransactionRecord decode(int kind, RecordInput in) {
        return switch (kind) {
            case BEGUN -> new Begun(in.readString(), in.readVarlong());
            case BEGUN_BY -> new BegunBy(in.readString(), in.readVarlong(), in.readString());
            case WRITTEN -> Written.readFrom(in);
            case DECIDED -> new Decided(in.readString(), in.readVarlong());
            case FINISHED -> Finished.readFrom(in);
            case DECISIONS_COUNTED -> new DecisionsCounted(in.readVarlong());
            case SET_ASIDE -> new SetAside(in.readString(), StreamName.parse(in.readString()), in.readString());
            case PART_DROPPED -> new PartDropped(in.readString(), StreamName.parse(in.readString()));
            default -> throw new StrandlineException.Corrupt("transaction record of unknown kind " + kind);
        };
    }

    /** A transaction takes events from now on. */
    record Begun(String id, long leaseMillis) implements TransactionRecord {
        @Override
        public byte kind() {
            return BEGUN;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeVarlong(leaseMillis);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().begun(id, leaseMillis, "");
        }
    }

    /** As {@link Begun}, of an owner. */
    record BegunBy(String id, long leaseMillis, String owner) implements TransactionRecord {
        @Override
        public byte kind() {
            return BEGUN_BY;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeVarlong(leaseMillis);
            out.writeString(owner);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().begun(id, leaseMillis, owner);
        }
    }

    /** A transaction holds these events. */
    record Written(TransactionWrite write) implements TransactionRecord {
        @Override
        public byte kind() {
            return WRITTEN;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(write.id());
            out.writeVarlong(write.sequence());
            out.writeString(write.stream().toString());
            out.writeLong(write.writer());
            out.writeVarlong(write.events());
            out.writeVarlong(write.records().length);
            out.writeBytes(write.records());
        }

        static Written readFrom(RecordInput in) {
            String id = in.readString();
            long sequence = in.readVarlong();
            StreamName stream = StreamName.parse(in.readString());
            long writer = in.readLong();
            int events = in.readVarint();
            byte[] records = in.readBytes(in.readVarint());
            return new Written(new TransactionWrite(id, sequence, stream, writer, records, events));
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().written(write);
        }
    }

    /** A transaction is to be committed, after all with a lower number. */
    record Decided(String id, long decision) implements TransactionRecord {
        @Override
        public byte kind() {
            return DECIDED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeVarlong(decision);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().decided(id, decision);
        }
    }

    /**
     * A transaction is over: all its events are in their partitions, or none ever will be, or some were dropped.
     *
     * @param status committed, aborted or incomplete
     */
    record Finished(String id, TransactionStatus status) implements TransactionRecord {

        static Finished readFrom(RecordInput in) {
            String id = in.readString();
            int status = in.readByte();
            return new Finished(
                    id,
                    switch (status) {
                        case ABORTED -> TransactionStatus.ABORTED;
                        case COMMITTED -> TransactionStatus.COMMITTED;
                        case INCOMPLETE -> TransactionStatus.INCOMPLETE;
                        default ->
                            throw new StrandlineException.Corrupt(
                                    "transaction " + id + " ended with unknown status " + status);
                    });
        }

        @Override
        public byte kind() {
            return FINISHED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeByte(
                    switch (status) {
                        case ABORTED -> ABORTED;
                        case COMMITTED -> COMMITTED;
                        case INCOMPLETE -> INCOMPLETE;
                        default -> throw new IllegalStateException("transaction " + id + " cannot end as " + status);
                    });
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().finished(id, status);
        }
    }

    /** In a journal checkpoint: decisions below a number were made. */
    record DecisionsCounted(long next) implements TransactionRecord {
        @Override
        public byte kind() {
            return DECISIONS_COUNTED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeVarlong(next);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().decisionsCounted(next);
        }
    }

    /** The part of a committed transaction for a stream was refused for good, and later decisions went on there. */
    record SetAside(String id, StreamName stream, String why) implements TransactionRecord {
        @Override
        public byte kind() {
            return SET_ASIDE;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeString(stream.toString());
            out.writeString(why);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().setAside(id, stream, why);
        }
    }

    /** A part that was set aside is given up. */
    record PartDropped(String id, StreamName stream) implements TransactionRecord {
        @Override
        public byte kind() {
            return PART_DROPPED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeString(stream.toString());
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().dropped(id, stream);
        }
    }
}
