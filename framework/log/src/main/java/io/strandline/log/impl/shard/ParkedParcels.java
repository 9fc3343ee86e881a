package io.strandline.log.impl.shard;

import io.strandline.StrandlineException;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Sender;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.vertx.core.Promise;
import java.util.ArrayDeque;

/** Parcels that came while too much was queued, in their order. */
final class ParkedParcels {

    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private long bytes;

    /** A parcel, and who waits for its reply. */
    record Parked(Parcel parcel, Sender sender, Promise<ParcelReply> reply) {}

    boolean isEmpty() {
        return parked.isEmpty();
    }

    long bytes() {
        return bytes;
    }

    void add(Parcel parcel, Sender sender, Promise<ParcelReply> reply) {
        parked.add(new Parked(parcel, sender, reply));
        bytes += parcel.length();
    }

    /** The parcel that is next. */
    Parcel peek() {
        return parked.element().parcel();
    }

    Parked remove() {
        Parked next = parked.remove();
        bytes -= next.parcel().length();
        return next;
    }

    void fail(StrandlineException cause) {
        bytes = 0;
        while (!parked.isEmpty()) {
            Answers.fail(parked.remove().reply(), cause);
        }
    }

    /** Fails what writers sent; what was decided stays, in its order. */
    void failWriters(StrandlineException cause) {
        int waiting = parked.size();
        for (int i = 0; i < waiting; i++) {
            Parked next = remove();
            if (next.sender() == Sender.WRITER) {
                Answers.fail(next.reply(), cause);
            } else {
                add(next.parcel(), next.sender(), next.reply());
            }
        }
    }
}
