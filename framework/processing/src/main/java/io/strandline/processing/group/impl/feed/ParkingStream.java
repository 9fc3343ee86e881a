package io.strandline.processing.group.impl.feed;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.processing.group.impl.feed.ParkingEntry.Owned;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.feed.ParkingEntry.Settled;
import io.strandline.processing.impl.ParkingLog;
import io.strandline.processing.impl.ParkingLog.Open;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The stream with the parked events of one group, a {@link ParkingLog} that is made when it is first needed. A parked event
 * has its own number, (claim, offset), under a writer of its partition. So a reader that died half-way and the reader after
 * it park the event once. Belongs to one context.
 */
public final class ParkingStream {

    private final ParkingLog<ParkingEntry, Parked> parking;
    private @Nullable Future<Void> prepared;

    public ParkingStream(Strandline log, StreamName stream, String group) {
        this.parking = new ParkingLog<>(log, stream, group, new Entries());
    }

    private static final class Entries implements ParkingLog.Entries<ParkingEntry, Parked> {

        @Override
        public EventCodec<ParkingEntry> codec() {
            return ParkingEntry.CODEC;
        }

        @Override
        public String kindOfOwner() {
            return "group";
        }

        @Override
        public @Nullable String ownerOf(ParkingEntry entry) {
            return entry.group();
        }

        @Override
        public @Nullable Parked parked(ParkingEntry entry) {
            return entry instanceof Parked parked ? parked : null;
        }

        @Override
        public long settles(ParkingEntry entry) {
            return entry instanceof Settled settled ? settled.parkedAt() : -1;
        }

        @Override
        public ParkingEntry owned(String owner) {
            return new Owned(owner);
        }

        @Override
        public ParkingEntry settled(String owner, long parkedAt, boolean dropped) {
            return new Settled(owner, parkedAt, dropped);
        }
    }

    /** As {@link ParkingLog#prepare}, once. */
    public Future<Void> prepare() {
        Future<Void> known = prepared;
        if (known == null || known.failed()) {
            known = parking.prepare();
            prepared = known;
        }
        return known;
    }

    /** Looks the whole stream through for what is open. */
    public Future<Open> open() {
        return prepare().compose(done -> parking.open());
    }

    /** As {@link ParkingLog#parked}. */
    public Future<Void> parked(Open open, long from, Predicate<EventRecord<Parked>> visitor) {
        return parking.parked(open, from, visitor);
    }

    /** As {@link ParkingLog#openEvents}. */
    Future<Void> openEvents(Open open, long after, Predicate<EventRecord<Parked>> visitor) {
        return parking.openEvents(open, after, visitor);
    }

    /** The entry at an offset, or null if it is removed. */
    Future<@Nullable ParkingEntry> at(long partition, long offset) {
        return parking.entry(partition, offset);
    }

    /** As {@link ParkingLog#replay}. */
    Future<Integer> replay(Collection<Long> ids, Function<Parked, Future<?>> handler) {
        return prepare().compose(done -> parking.replay(ids, handler));
    }

    /** As {@link ParkingLog#drop}. */
    Future<Integer> drop(Collection<Long> ids) {
        return prepare().compose(done -> parking.drop(ids));
    }

    /** As {@link ParkingLog#settle}. */
    public Future<Void> settle(List<Long> parkedAt, boolean dropped) {
        return parking.settle(parkedAt, dropped);
    }

    /** As {@link ParkingLog#cut}. */
    public Future<Void> cut() {
        return prepare().compose(done -> parking.cut());
    }

    @Override
    public String toString() {
        return parking.toString();
    }
}
