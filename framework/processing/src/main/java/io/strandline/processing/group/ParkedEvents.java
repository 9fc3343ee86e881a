package io.strandline.processing.group;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupState.HeldKey;
import io.strandline.processing.group.ParkingEntry.Parked;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeSet;

/** Lists, replays and drops what a group has parked. For one call, on one context. */
final class ParkedEvents {

    /** Events that are dropped with one append. */
    private static final int DROPPED_TOGETHER = 500;

    private final GroupPlace place;
    private final List<StreamName> streams;
    private final ParkingStream parking;

    ParkedEvents(GroupPlace place, List<StreamName> streams) {
        this.place = place;
        this.streams = streams;
        this.parking = place.parking();
    }

    Future<List<ParkedEvent>> list() {
        return parking.contents().map(contents -> {
            List<ParkedEvent> events = new ArrayList<>();
            contents.open()
                    .forEach((id, parked) -> events.add(new ParkedEvent(
                            id,
                            parked.streamName(),
                            parked.partition(),
                            parked.offset(),
                            parked.key(),
                            new EventType(parked.type(), parked.version()),
                            parked.cause())));
            return events;
        });
    }

    <E> Future<Integer> replay(List<Long> ids, EventCodec<E> codec, GroupHandler<E> handler) {
        return chosen(ids)
                .compose(chosen -> replayFrom(chosen, 0, codec, handler))
                .compose(this::freeKeys);
    }

    private Future<NavigableMap<Long, Parked>> chosen(List<Long> ids) {
        return parking.contents().map(contents -> {
            contents.open().keySet().retainAll(new TreeSet<>(ids));
            return contents.open();
        });
    }

    private <E> Future<Integer> replayFrom(
            NavigableMap<Long, Parked> left, int done, EventCodec<E> codec, GroupHandler<E> handler) {
        Map.Entry<Long, Parked> next = left.pollFirstEntry();
        if (next == null) {
            return Future.succeededFuture(done);
        }
        return hand(next.getValue(), codec, handler)
                .compose(processed -> parking.settle(List.of(next.getKey()), false))
                .compose(settled -> replayFrom(left, done + 1, codec, handler));
    }

    private static <E> Future<?> hand(Parked parked, EventCodec<E> codec, GroupHandler<E> handler) {
        EventType type = new EventType(parked.type(), parked.version());
        try {
            E event = codec.decode(type, parked.bytes(), 0, parked.bytes().length);
            return handler.handle(new GroupEvent<>(
                    parked.streamName(),
                    new EventRecord<>(
                            parked.partition(),
                            parked.offset(),
                            parked.stamp(),
                            parked.key(),
                            type,
                            parked.eventHeaders(),
                            event),
                    1));
        } catch (IOException | RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    Future<Integer> drop(List<Long> ids) {
        return chosen(ids)
                .compose(chosen -> dropFrom(new ArrayList<>(chosen.keySet()), 0))
                .compose(this::freeKeys);
    }

    private Future<Integer> dropFrom(List<Long> ids, int from) {
        if (from >= ids.size()) {
            return Future.succeededFuture(ids.size());
        }
        int to = Math.min(ids.size(), from + DROPPED_TOGETHER);
        return parking.settle(ids.subList(from, to), true).compose(settled -> dropFrom(ids, to));
    }

    /**
     * Lets go of the keys of which nothing is parked any more. The state names the newest event that is parked, or about to
     * be; only if that one is settled too, the next may be delivered.
     */
    private Future<Integer> freeKeys(int settled) {
        return place.store()
                .fetch()
                .compose(state -> parking.contents().compose(contents -> {
                    List<Future<Boolean>> freed = new ArrayList<>();
                    for (HeldKey held : state.held()) {
                        String stream = streams.get(held.stream()).toString();
                        if (contents.isSettled(stream, held, state.generation())) {
                            freed.add(place.store().decide(GroupDecisions.freeKey(held)));
                        }
                    }
                    return Future.join(freed);
                }))
                .compose(done -> parking.cut())
                .map(settled);
    }
}
