package io.strandline.testkit.simulation.client;

import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.vertx.core.Future;
import java.util.zip.CRC32C;

/** What a link may do to a parcel that a right one never does, to prove that it is noticed. */
public enum Sabotage {
    /** Nothing. */
    NONE {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            return log.append(parcel);
        }
    },
    /** A lost parcel is answered as if it was taken. */
    SUCCESS_FOR_LOST {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            return Future.succeededFuture(new ParcelReply(new long[parcel.batches()], null, null));
        }
    },
    /** A parcel is taken, and the writer is told that nothing of it was. */
    FAILURE_FOR_TAKEN {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            return log.append(parcel)
                    .transform(
                            taken -> Future.failedFuture(new StrandlineException.Invalid("the parcel was sabotaged")));
        }
    },
    /** A parcel is taken a second time, under the number of another writer. */
    DOUBLED {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            Parcel second = copy(parcel);
            return log.append(parcel).onSuccess(taken -> {
                for (int at = 0; at < second.length(); at += Batch.length(second.bytes(), at)) {
                    disguise(second.bytes(), at);
                }
                log.append(second);
            });
        }
    },
    /** The places of events are answered wrong. */
    WRONG_PLACE {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            return log.append(parcel).map(reply -> {
                long[] offsets = new long[reply.batches()];
                StrandlineException[] refusals = new StrandlineException[offsets.length];
                boolean[] duplicates = new boolean[offsets.length];
                for (int i = 0; i < offsets.length; i++) {
                    offsets[i] = reply.offset(i) + 1;
                    refusals[i] = reply.refusal(i);
                    duplicates[i] = reply.duplicate(i);
                }
                return new ParcelReply(offsets, duplicates, refusals);
            });
        }
    },
    /** What an append rests on beside its own key is not compared. */
    OTHER_KEYS_FORGOTTEN {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            return log.append(new Parcel(
                    parcel.shard(),
                    parcel.bytes(),
                    parcel.length(),
                    parcel.batches(),
                    parcel.durability(),
                    parcel.origin(),
                    parcel.isLent(),
                    parcel.keyConditions(),
                    null));
        }
    },
    /** Parcels arrive long after their writer has learned that they failed, so that later events are before them. */
    LATE {
        @Override
        Future<ParcelReply> append(LogPort log, Parcel parcel) {
            return log.append(parcel);
        }
    };

    private static final long ANOTHER_WRITER = 1L << 40;

    abstract Future<ParcelReply> append(LogPort log, Parcel parcel);

    static Parcel copy(Parcel parcel) {
        return new Parcel(
                parcel.shard(),
                parcel.bytes().clone(),
                parcel.length(),
                parcel.batches(),
                parcel.durability(),
                Parcel.Origin.ANYBODY,
                false,
                parcel.keyConditions(),
                parcel.otherKeys());
    }

    private static void disguise(byte[] bytes, int at) {
        LittleEndian.putLong(bytes, at + Batch.WRITER, Batch.writer(bytes, at) + ANOTHER_WRITER);
        LittleEndian.putLong(bytes, at + Batch.PREVIOUS_MAJOR, Sequence.NONE.major());
        LittleEndian.putLong(bytes, at + Batch.PREVIOUS_MINOR, Sequence.NONE.minor());
        LittleEndian.putInt(bytes, at + Batch.EPOCH, 1);
        Batch.seal(bytes, at, Batch.length(bytes, at), new CRC32C());
    }
}
