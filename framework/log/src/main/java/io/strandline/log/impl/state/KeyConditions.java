package io.strandline.log.impl.state;

import io.strandline.EventWriter;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.BatchRun;
import io.strandline.spi.Batch;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Judges batches that are to be appended only if their key, and others, have no event in the partition from an offset on.
 *
 * <p>Nothing is kept per key. The keys are compared with the events from that offset on: those that are numbered and not
 * applied yet, and those in memory. An offset that is older than memory or than a bound is refused. A caller that reads the
 * key again gets an offset near the end.
 *
 * <p>Belongs to the shard's executor. No batch leaves memory while one is judged.
 */
public final class KeyConditions {

    /** What is numbered and not applied yet. */
    public interface InFlight {

        /** Shows the parcels of which batches are in flight, the newest first, as long as the answer is true. */
        void newestFirst(Predicate<Numbering.Outcome> isToGoOn);
    }

    private static final byte[] NO_KEY = new byte[0];

    private final InFlight inFlight;
    private final Batch.Records records = new Batch.Records();

    public KeyConditions(InFlight inFlight) {
        this.inFlight = inFlight;
    }

    /**
     * Judges a batch that is not numbered yet.
     *
     * @param parcel its parcel with the batches that were accepted before it
     * @param batch its index in the parcel
     * @param at where it begins in the bytes of the parcel
     * @return why it is not to be appended, or null
     */
    @Nullable
    StrandlineException refusal(NumberedPartition partition, Numbering.Outcome parcel, int batch, int at) {
        try {
            KeyCheck[] checks = checks(parcel, batch, at);
            if (checks == null) {
                return new StrandlineException.Invalid("batch for partition " + partition.id
                        + " is conditional on its key, and its first event has none");
            }
            long oldest = partition.nextOffset;
            for (KeyCheck check : checks) {
                StrandlineException refusal = misplaced(partition, check.since());
                if (refusal != null) {
                    return refusal;
                }
                oldest = Math.min(oldest, check.since());
            }
            return oldest == partition.nextOffset ? null : new Comparison(partition, checks, oldest).run(parcel);
        } catch (StrandlineException.Corrupt | StrandlineException.Invalid e) {
            // What cannot be compared cannot be said to be unchanged.
            return e;
        }
    }

    /**
     * Checks the number of conditions on other keys.
     *
     * @throws StrandlineException.Invalid if there are too many, or those of other batches
     */
    static void requireBounded(KeyCheck[] @Nullable [] otherKeys, int batches) {
        Limits.require("batches with conditions on other keys", otherKeys.length, batches, batches);
        for (KeyCheck[] ofBatch : otherKeys) {
            if (ofBatch != null) {
                Limits.require("number of conditions on other keys", ofBatch.length, 0, EventWriter.MAX_KEY_CONDITIONS);
            }
        }
    }

    /** What a batch needs of its own key, if it does, and of others. Null if it has no key. */
    private KeyCheck @Nullable [] checks(Numbering.Outcome parcel, int batch, int at) {
        KeyCheck[] others = parcel.otherKeys(batch);
        long since = parcel.unchangedSince(batch);
        if (since == Parcel.NO_CONDITION) {
            return others;
        }
        byte[] key = since == Parcel.ELSEWHERE ? NO_KEY : keyOf(parcel.bytes, at);
        if (key == null) {
            return null;
        }
        KeyCheck[] checks = Arrays.copyOf(others, others.length + 1);
        checks[others.length] = new KeyCheck(key, null, since);
        return checks;
    }

    private static @Nullable StrandlineException misplaced(NumberedPartition partition, long since) {
        if (since < 0) {
            return stale(partition, "is one in another partition");
        }
        return since <= partition.nextOffset
                ? null
                : new StrandlineException.Conflict("the position at offset " + since + " of partition " + partition.id
                        + " is past its end at " + partition.nextOffset);
    }

    private byte @Nullable [] keyOf(byte[] bytes, int at) {
        records.reset(bytes, at).next();
        int length = records.keyLength();
        return length < 0 ? null : Arrays.copyOfRange(records.bytes(), records.keyFrom(), records.keyFrom() + length);
    }

    private static StrandlineException.Conflict stale(NumberedPartition partition, String why) {
        return new StrandlineException.Conflict("the position " + why + "; partition " + partition.id + " is at "
                + partition.nextOffset + ": read the key again");
    }

    /** One look at the events of a partition from an offset on. */
    private final class Comparison {

        private final NumberedPartition partition;
        private final KeyCheck[] checks;

        /** The oldest offset from which on one of them counts. */
        private final long since;

        private long bytes;
        private @Nullable StrandlineException refusal;

        Comparison(NumberedPartition partition, KeyCheck[] checks, long since) {
            this.partition = partition;
            this.checks = checks;
            this.since = since;
        }

        @Nullable
        StrandlineException run(Numbering.Outcome ofParcel) {
            long events = partition.nextOffset - since;
            if (events > EventWriter.MAX_COMPARED_EVENTS) {
                return stale(
                        partition, "is " + events + " events old, the limit is " + EventWriter.MAX_COMPARED_EVENTS);
            }
            if (since < partition.tailOffset()) {
                return stale(
                        partition,
                        "at offset " + since + " is older than what is in memory, from offset "
                                + partition.tailOffset());
            }
            if (compareNumbered(ofParcel)) {
                inFlight.newestFirst(this::compareNumbered);
            }
            compareApplied();
            return refusal;
        }

        /** Compares what is numbered and not applied, the newest first. False if nothing of it is left to look at. */
        private boolean compareNumbered(Numbering.Outcome numbered) {
            for (int i = numbered.acceptedCount - 1; i >= 0; i--) {
                if (numbered.partitions[i] == partition) {
                    int at = numbered.positions[i];
                    if (!compare(numbered.bytes, at)
                            || Batch.offset(numbered.bytes, at) <= Math.max(since, partition.endOffset())) {
                        return false;
                    }
                }
            }
            return true;
        }

        private void compareApplied() {
            BatchRun tail = partition.tail;
            if (since < partition.endOffset()) {
                for (int i = tail.indexOf(since); i < tail.size() && refusal == null; i++) {
                    compare(tail.array(i), tail.at(i));
                }
            }
        }

        /** False if the condition is broken. */
        private boolean compare(byte[] batch, int at) {
            bytes += Batch.plainRecordBytes(batch, at);
            if (bytes > EventWriter.MAX_COMPARED_BYTES) {
                refusal = stale(
                        partition,
                        "at offset " + since + " has more than " + EventWriter.MAX_COMPARED_BYTES
                                + " bytes of events after it");
                return false;
            }
            records.reset(batch, at);
            while (records.hasNext()) {
                records.next();
                KeyCheck broken = records.offset() < since ? null : broken();
                if (broken != null) {
                    byte[] type = broken.type();
                    refusal = new StrandlineException.Conflict(
                            "key " + new String(broken.key(), StandardCharsets.UTF_8) + " has an event"
                                    + (type == null ? "" : " " + new String(type, StandardCharsets.UTF_8))
                                    + " at offset " + records.offset() + " of partition " + partition.id
                                    + ", after the position at offset " + broken.since());
                    return false;
                }
            }
            return true;
        }

        /** The condition that the event at hand breaks, or null. */
        private @Nullable KeyCheck broken() {
            for (KeyCheck check : checks) {
                byte[] type = check.type();
                if (records.offset() >= check.since()
                        && records.hasKey(check.key())
                        && (type == null || records.hasType(type))) {
                    return check;
                }
            }
            return null;
        }
    }
}
