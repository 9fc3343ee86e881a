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
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import io.strandline.spi.WriterGrant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The requests of more than one field. */
public final class Requests {

    private Requests() {}

    private interface OnStream extends About {
        StreamName stream();

        @Override
        default List<Resource> resources() {
            return List.of(Resource.stream(stream()));
        }
    }

    private interface OnPartition extends About {
        PartitionDescription partition();

        @Override
        default List<Resource> resources() {
            return List.of(Resource.partition(partition().id()));
        }
    }

    public record CreateStream(StreamName stream, StreamOptions options) implements OnStream {}

    public record Truncate(StreamName stream, StreamCut before) implements OnStream {}

    public record Scale(StreamName stream, List<Long> seal, List<KeyRange> open) implements OnStream {}

    public record SetScaling(StreamName stream, ScalingPolicy policy) implements OnStream {}

    public record SetRetention(StreamName stream, Retention retention) implements OnStream {}

    /** How far a subscriber has consumed a stream. */
    public record Consumed(StreamName stream, String subscriber, StreamCut consumed) implements OnStream {}

    /** A subscriber or writer of a stream, by its name. */
    public record Named(StreamName stream, String name) implements OnStream {}

    /** A writer to be admitted. Without id it is anonymous. */
    public record Admit(StreamName stream, Optional<String> id) implements OnStream {}

    public record Claim(StreamName stream, long partition, long generation) implements OnStream {}

    /**
     * The admission of a writer, as far as the log does not know it.
     *
     * @param partitions open partitions of the stream when it was given. For a claim the claimed one alone
     */
    public record Held(
            StreamName stream, long writer, int epoch, long claimGeneration, List<PartitionDescription> partitions)
            implements OnStream {

        /** The stream, and the partition of a claim, which goes to the log by its id. */
        @Override
        public List<Resource> resources() {
            return partitions.size() == 1
                    ? List.of(
                            Resource.stream(stream),
                            Resource.partition(partitions.get(0).id()))
                    : List.of(Resource.stream(stream));
        }

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
    public record HeldBy(Held held, Optional<String> id) implements OnStream {
        @Override
        public StreamName stream() {
            return held.stream();
        }
    }

    public record OffsetAt(PartitionDescription partition, long stamp) implements OnPartition {}

    public record Read(PartitionDescription partition, long offset, int maxBytes) implements OnPartition {}

    public record History(PartitionDescription partition, HistoryRequest request) implements OnPartition {}

    /**
     * A parcel.
     *
     * @param count number of batches
     * @param batches the batches, as the shard gets them
     */
    public record Append(int shard, int count, Durability durability, Conditions conditions, Bulk batches)
            implements About {

        public static Append of(Parcel parcel) {
            return new Append(
                    parcel.shard(),
                    parcel.batches(),
                    parcel.durability(),
                    Conditions.of(parcel),
                    new Bulk(parcel.bytes(), parcel.length(), false));
        }

        /** The partitions of the batches. */
        @Override
        public List<Resource> resources() {
            Set<Long> partitions = new TreeSet<>();
            byte[] bytes = batches.bytes();
            int at = 0;
            while (at < batches.length()) {
                int left = batches.length() - at;
                int length = left < Batch.HEADER_BYTES ? left : Batch.length(bytes, at);
                if (length < Batch.HEADER_BYTES || length > left) {
                    throw new StrandlineException.Invalid(
                            "malformed batch at byte " + at + " of " + batches.length() + " in field batches");
                }
                partitions.add(Batch.partition(bytes, at));
                at += length;
            }
            return partitions.stream().map(Resource::partition).toList();
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

    public record Begin(String transaction, long leaseMillis) implements About {
        @Override
        public List<Resource> resources() {
            return List.of(Resource.transaction(transaction));
        }
    }

    /** What a write needs the right on: its stream, and those that the transaction has written to before. It changes what they get. */
    static List<Resource> written(StreamName stream, String transaction) {
        return List.of(Resource.stream(stream), Resource.transaction(transaction));
    }

    /** Events of a transaction for a stream, as records. */
    public record Write(String transaction, long sequence, StreamName stream, int events, Bulk records)
            implements About {
        @Override
        public List<Resource> resources() {
            return written(stream, transaction);
        }
    }

    public record DropPart(String transaction, StreamName stream) implements OnStream {}
}
