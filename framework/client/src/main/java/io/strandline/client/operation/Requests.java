package io.strandline.client.operation;

import io.strandline.Durability;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import io.strandline.spi.WriterGrant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The requests of more than one field. */
public final class Requests {

    private Requests() {}

    public record CreateStream(StreamName stream, StreamOptions options) {}

    public record Truncate(StreamName stream, StreamCut before) {}

    public record Scale(StreamName stream, List<Long> seal, List<KeyRange> open) {}

    public record SetScaling(StreamName stream, ScalingPolicy policy) {}

    public record SetRetention(StreamName stream, Retention retention) {}

    /** How far a subscriber has consumed a stream. */
    public record Consumed(StreamName stream, String subscriber, StreamCut consumed) {}

    /** A subscriber or writer of a stream, by its name. */
    public record Named(StreamName stream, String name) {}

    /** A writer to be admitted. Without id it is anonymous. */
    public record Admit(StreamName stream, Optional<String> id) {}

    public record Claim(StreamName stream, long partition, long generation) {}

    /**
     * The admission of a writer, as far as the log does not know it.
     *
     * @param partitions open partitions of the stream when it was given. For a claim the claimed one alone
     */
    public record Held(
            StreamName stream, long writer, int epoch, long claimGeneration, List<PartitionDescription> partitions) {

        public static Held of(WriterGrant grant) {
            return new Held(
                    grant.stream().name(),
                    grant.writer(),
                    grant.epoch(),
                    grant.claimGeneration(),
                    grant.stream().exclusive()
                            ? grant.slots().stream()
                                    .map(WriterGrant.Slot::partition)
                                    .toList()
                            : grant.stream().partitions());
        }

        /** The admission, without what its writer has written. */
        public WriterGrant grant() {
            List<WriterGrant.Slot> slots = partitions.stream()
                    .map(partition -> new WriterGrant.Slot(partition, 0, partition.keys(), null))
                    .toList();
            return new WriterGrant(new StreamDescription(stream, partitions), writer, epoch, claimGeneration, slots);
        }

        /**
         * The admission of a claim.
         *
         * @throws StrandlineException.Invalid if it is not of one partition
         */
        public WriterGrant claimGrant() {
            if (partitions.size() != 1) {
                throw new StrandlineException.Invalid(
                        "a claim is of one partition, not of " + partitions.size() + ": writer " + writer);
            }
            return grant();
        }
    }

    /** A writer that holds an admission, with its id if it has one. */
    public record HeldBy(Held held, Optional<String> id) {}

    public record OffsetAt(PartitionDescription partition, long stamp) {}

    public record Read(PartitionDescription partition, long offset, int maxBytes) {}

    public record History(PartitionDescription partition, HistoryRequest request) {}

    /**
     * A parcel.
     *
     * @param count number of batches
     * @param batches the batches, as the shard gets them
     */
    public record Append(int shard, int count, Durability durability, Conditions conditions, Bulk batches) {

        public static Append of(Parcel parcel) {
            return new Append(
                    parcel.shard(),
                    parcel.batches(),
                    parcel.durability(),
                    Conditions.of(parcel),
                    new Bulk(parcel.bytes(), parcel.length(), false));
        }

        /** The parcel, as one of anybody: the log checks it. */
        public Parcel parcel() {
            return new Parcel(
                    shard,
                    batches.bytes(),
                    batches.length(),
                    count,
                    durability,
                    Parcel.Origin.ANYBODY,
                    batches.isLent(),
                    conditions.ofKeys(),
                    conditions.ofOtherKeys());
        }
    }

    /** What the keys of a parcel's batches must not have, as {@link Parcel} says it. */
    @SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
    public record Conditions(long @Nullable [] ofKeys, KeyCheck @Nullable [] @Nullable [] ofOtherKeys) {

        static Conditions of(Parcel parcel) {
            return new Conditions(parcel.keyConditions(), parcel.otherKeys());
        }
    }

    /** The bulk of a message. */
    @SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
    public record Bulk(byte[] bytes, int length, boolean isLent) {

        /** The bulk in an array of its own length. */
        public byte[] whole() {
            return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
        }
    }

    public record Begin(String transaction, long leaseMillis) {}

    /** Events of a transaction for a stream, as records. */
    public record Write(String transaction, long sequence, StreamName stream, int events, Bulk records) {}

    public record DropPart(String transaction, StreamName stream) {}
}
