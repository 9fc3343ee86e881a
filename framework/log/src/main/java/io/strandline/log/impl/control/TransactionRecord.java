package io.strandline.log.impl.control;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.PartSetAside;
import io.strandline.log.impl.state.ShardState;
import io.strandline.log.impl.state.TransactionState;
import io.strandline.log.impl.state.TransactionWrite;
import java.util.ArrayList;
import java.util.List;

/** A change of the transactions whose home is a shard. See {@link ControlRecord} for the bytes. */
public sealed interface TransactionRecord extends ControlRecord {

    byte BEGUN = 9;
    byte WRITTEN = 10;
    byte DECIDED = 11;
    byte FINISHED = 12;
    byte DECISIONS_COUNTED = 13;
    byte SET_ASIDE = 15;

    byte ABORTED = 0;
    byte COMMITTED = 1;

    /** Records that make transactions again, for a journal checkpoint. */
    static List<ControlRecord> of(TransactionState state) {
        List<ControlRecord> records = new ArrayList<>();
        if (state.nextDecision() > TransactionState.FIRST_DECISION) {
            records.add(new DecisionsCounted(state.nextDecision()));
        }
        state.finished().forEach((id, status) -> records.add(new Finished(id, status)));
        for (KeptTransaction transaction : state.unfinished()) {
            records.add(new Begun(transaction.id(), transaction.leaseMillis()));
            transaction.writes().forEach(write -> records.add(new Written(write)));
            if (transaction.isDecided()) {
                records.add(new Decided(transaction.id(), transaction.decision()));
            }
            transaction.setAside().forEach(part -> records.add(new SetAside(part)));
        }
        return records;
    }

    /** Reads the fields of a record of one of these kinds. */
    static TransactionRecord decode(int kind, RecordInput in) {
        return switch (kind) {
            case BEGUN -> new Begun(in.readString(), in.readVarlong());
            case WRITTEN -> Written.readFrom(in);
            case DECIDED -> new Decided(in.readString(), in.readVarlong());
            case FINISHED -> new Finished(in.readString(), in.readByte() == COMMITTED);
            case DECISIONS_COUNTED -> new DecisionsCounted(in.readVarlong());
            case SET_ASIDE ->
                new SetAside(new PartSetAside(in.readString(), StreamName.parse(in.readString()), in.readString()));
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
            state.transactions().begun(id, leaseMillis);
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

    /** A transaction is over: all its events are in their partitions, or none ever will be. */
    record Finished(String id, boolean committed) implements TransactionRecord {

        public Finished(String id, TransactionStatus status) {
            this(id, status == TransactionStatus.COMMITTED);
        }

        @Override
        public byte kind() {
            return FINISHED;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeByte(committed ? COMMITTED : ABORTED);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().finished(id, committed ? TransactionStatus.COMMITTED : TransactionStatus.ABORTED);
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
    record SetAside(PartSetAside part) implements TransactionRecord {
        @Override
        public byte kind() {
            return SET_ASIDE;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(part.id());
            out.writeString(part.stream().toString());
            out.writeString(part.why());
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions().setAside(part);
        }
    }
}
