package io.strandline.processing.group.impl.feed;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.Headers;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.ParkedEvent;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.state.GroupDecisions;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.impl.ParkingLog.Open;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Lists, replays and drops what a group has parked, a page at a time. For one call, on one context. */
public final class ParkedEvents {

    private final GroupPlace place;
    private final List<StreamName> streams;
    private final ParkingStream parking;

    public ParkedEvents(GroupPlace place, List<StreamName> streams) {
        this.place = place;
        this.streams = streams;
        this.parking = place.parking();
    }

    // ---- list

    /** All parked events. Fails with Overloaded if there are more than may be listed at once. */
    public Future<List<ParkedEvent>> list() {
        return parking.open()
                .compose(open -> open.size() > ReaderGroup.MAX_PARKED_LISTED
                        ? Future.failedFuture(new StrandlineException.Overloaded(open.size() + " events are parked in "
                                + parking + ", the limit of one list is " + ReaderGroup.MAX_PARKED_LISTED
                                + "; list them in pages"))
                        : page(open, -1, ReaderGroup.MAX_PARKED_LISTED));
    }

    /** Parked events after an id, up to the limit. */
    public Future<List<ParkedEvent>> page(long after, int limit) {
        return parking.open().compose(open -> page(open, after, limit));
    }

    private Future<List<ParkedEvent>> page(Open open, long after, int limit) {
        List<ParkedEvent> events = new ArrayList<>();
        return parking.openEvents(open, after, record -> {
                    events.add(listed(record.offset(), record.event()));
                    return events.size() < limit;
                })
                .map(events);
    }

    private static ParkedEvent listed(long id, Parked parked) {
        return new ParkedEvent(
                id,
                parked.streamName(),
                parked.partition(),
                parked.offset(),
                parked.key(),
                new EventType(parked.type(), parked.version()),
                parked.cause());
    }

    // ---- replay

    public <E> Future<Integer> replay(List<Long> ids, EventCodec<E> codec, GroupHandler<E> handler) {
        return parking.replay(ids, parked -> hand(parked, codec, handler)).compose(this::freeKeys);
    }

    private <E> Future<?> hand(Parked parked, EventCodec<E> codec, GroupHandler<E> handler) {
        byte[] bytes = parked.bytes();
        return bytes == null
                ? atPlace(parked)
                        .compose(record -> hand(parked, record.event().getBytes(), record.headers(), codec, handler))
                : hand(parked, bytes, parked.eventHeaders(), codec, handler);
    }

    private static <E> Future<?> hand(
            Parked parked, byte[] bytes, Headers headers, EventCodec<E> codec, GroupHandler<E> handler) {
        EventType type = new EventType(parked.type(), parked.version());
        try {
            E event = codec.decode(type, bytes, 0, bytes.length);
            return UserCode.orRefused(
                    "the handler of a replay",
                    handler.handle(new GroupEvent<>(
                            parked.streamName(),
                            new EventRecord<>(
                                    parked.partition(),
                                    parked.offset(),
                                    parked.stamp(),
                                    parked.key(),
                                    type,
                                    headers,
                                    event),
                            1)));
        } catch (Throwable e) { // an Error must not pass for a processed event either
            return Future.failedFuture(e);
        }
    }

    /** Reads an event that was parked as a reference. */
    private Future<EventRecord<Buffer>> atPlace(Parked parked) {
        StreamCut at = StreamCut.of(parked.streamName(), parked.partition(), parked.offset());
        ReaderOptions options =
                new ReaderOptions().setFrom(StartPosition.at(at)).setFollowScaling(false);
        return place.log().subscribe(parked.stream(), EventCodec.raw(), options).compose(reader -> {
            Promise<EventRecord<Buffer>> found = Promise.promise();
            reader.exceptionHandler(found::tryFail);
            reader.endHandler(ended -> found.tryFail(new StrandlineException.Truncated(
                    "offset " + parked.offset() + " of partition " + parked.partition() + " of " + parked.stream()
                            + " was parked as a reference and is not kept any more")));
            reader.handler(found::tryComplete);
            return found.future().eventually(reader::close);
        });
    }

    // ---- drop

    public Future<Integer> drop(List<Long> ids) {
        return parking.drop(ids).compose(this::freeKeys);
    }

    // ---- held keys

    /**
     * Frees the keys that have no parked events any more. The state names the newest event of a key that is parked, or
     * about to be. The next event may be delivered only if that newest event is settled too.
     */
    private Future<Integer> freeKeys(int settled) {
        return place.store()
                .fetch()
                .compose(state -> state.held().isEmpty() ? Future.succeededFuture() : freeSettled(state))
                .compose(done -> parking.cut())
                .map(settled);
    }

    private Future<?> freeSettled(GroupState state) {
        return parking.open().compose(open -> settledOf(state, open)).compose(keys -> {
            List<Future<Boolean>> freed = new ArrayList<>();
            keys.forEach(key -> freed.add(place.store().decide(GroupDecisions.freeKey(key))));
            return Future.join(freed);
        });
    }

    /**
     * The held keys with no event that is parked or to be parked: the newest is settled, or dates from before a reset.
     */
    private Future<Set<HeldKey>> settledOf(GroupState state, Open open) {
        Set<HeldKey> newest = new HashSet<>();
        Set<HeldKey> stillOpen = new HashSet<>();
        for (HeldKey held : state.held()) {
            if (held.generation() < state.generation()) {
                newest.add(held);
            }
        }
        return parking.parked(open, open.start(), record -> {
                    Parked parked = record.event();
                    for (HeldKey held : state.held()) {
                        boolean ofKey = held.key().equals(parked.key())
                                && parked.stream()
                                        .equals(streams.get(held.stream()).toString());
                        if (ofKey && open.contains(record.offset())) {
                            stillOpen.add(held);
                        } else if (ofKey && isAt(held, parked)) {
                            newest.add(held);
                        }
                    }
                    return true;
                })
                .map(read -> {
                    newest.removeAll(stillOpen);
                    return newest;
                });
    }

    private static boolean isAt(HeldKey held, Parked parked) {
        return held.generation() == parked.generation()
                && held.partition() == parked.partition()
                && held.offset() == parked.offset();
    }
}
