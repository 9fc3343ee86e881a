package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.TransactionStatus;

/** A change of the transactions of which a shard is the home; see {@link ControlRecord} for the bytes. */
sealed interface TransactionRecord extends ControlRecord {

    byte BEGUN = 9;
    byte WRITTEN = 10;
    byte DECIDED = 11;
    byte FINISHED = 12;
    byte DECISIONS_COUNTED = 13;
    byte SET_ASIDE = 15;

    byte ABORTED = 0;
    byte COMMITTED = 1;

    /** Reads the fields of a record of one of these kinds. */
    static TransactionRecord decode(int kind, RecordInput in) {
        return switch (kind) {
            case BEGUN -> new Begun(in.readString(), in.readVarlong());
            case WRITTEN -> Written.readFrom(in);
            case DECIDED -> new Decided(in.readString(), in.readVarlong());
            case FINISHED -> new Finished(in.readString(), in.readByte() == COMMITTED);
            case DECISIONS_COUNTED -> new DecisionsCounted(in.readVarlong());
            case SET_ASIDE -> new SetAside(in.readString(), StreamName.parse(in.readString()), in.readString());
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
            state.transactions.begun(id, leaseMillis);
        }
    }

    /**
     * A transaction holds these events.
     *
     * @param sequence number of the write in its transaction, from 0
     * @param writer number of the home shard's writer for the stream; another one stands for another stream of that name
     * @param records records as {@link io.strandline.spi.Batch} draws them
     * @param events number of records
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Written(String id, long sequence, StreamName stream, long writer, byte[] records, int events)
            implements TransactionRecord {
        @Override
        public byte kind() {
            return WRITTEN;
        }

        @Override
        public void writeTo(RecordOutput out) {
            out.writeString(id);
            out.writeVarlong(sequence);
            out.writeString(stream.toString());
            out.writeLong(writer);
            out.writeVarlong(events);
            out.writeVarlong(records.length);
            out.writeBytes(records);
        }

        static Written readFrom(RecordInput in) {
            String id = in.readString();
            long sequence = in.readVarlong();
            StreamName stream = StreamName.parse(in.readString());
            long writer = in.readLong();
            int events = in.readVarint();
            return new Written(id, sequence, stream, writer, in.readBytes(in.readVarint()), events);
        }

        @Override
        public void applyTo(ShardState state) {
            state.transactions.written(this);
        }
    }

    /** A transaction is to be committed, behind all with a lower number. */
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
            state.transactions.decided(id, decision);
        }
    }

    /** A transaction is over: all its events are in their partitions, or none ever will be. */
    record Finished(String id, boolean committed) implements TransactionRecord {

        Finished(String id, TransactionStatus status) {
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
            state.transactions.finished(id, committed ? TransactionStatus.COMMITTED : TransactionStatus.ABORTED);
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
            state.transactions.decisionsCounted(next);
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
            state.transactions.setAside(this);
        }
    }
}
