package io.strandline.processing.aggregate.impl;

import io.strandline.KeyRange;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.List;

/**
 * Which owner takes the calls for a key. A call first goes to the context by which its keys entered when the aggregates were opened,
 * and from there to its owner's: so two calls of one caller keep their order while their keys move to another owner. Immutable.
 */
final class Routes<C, E, S> {

    /**
     * Keys with one owner.
     *
     * @param entry the context that all their calls go through
     */
    record Route<C, E, S>(KeyRange keys, Context entry, PartitionOwner<C, E, S> owner) {}

    private final List<Route<C, E, S>> routes;

    /** @param routes in ascending order of their keys, which they cover */
    Routes(List<Route<C, E, S>> routes) {
        this.routes = List.copyOf(routes);
    }

    Route<C, E, S> find(long hash) {
        int low = 0;
        int high = routes.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(hash, routes.get(middle).keys().to()) <= 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return routes.get(low);
    }

    /** The routes after the keys of one owner went to others. */
    Routes<C, E, S> moved(PartitionOwner<C, E, S> from, List<PartitionOwner<C, E, S>> to) {
        List<Route<C, E, S>> next = new ArrayList<>();
        for (Route<C, E, S> route : routes) {
            if (route.owner() != from) {
                add(next, route);
                continue;
            }
            for (PartitionOwner<C, E, S> taker : to) {
                if (taker.keys().overlaps(route.keys())) {
                    add(next, new Route<>(common(route.keys(), taker.keys()), route.entry(), taker));
                }
            }
        }
        return new Routes<>(next);
    }

    private static KeyRange common(KeyRange one, KeyRange other) {
        return new KeyRange(
                Long.compareUnsigned(one.from(), other.from()) > 0 ? one.from() : other.from(),
                Long.compareUnsigned(one.to(), other.to()) < 0 ? one.to() : other.to());
    }

    /** Neighbours with one owner and one entry are one route, so that there are no more than the partitions of a stream. */
    private static <C, E, S> void add(List<Route<C, E, S>> routes, Route<C, E, S> route) {
        Route<C, E, S> last = routes.isEmpty() ? null : routes.get(routes.size() - 1);
        if (last != null && last.owner() == route.owner() && last.entry() == route.entry()) {
            routes.set(
                    routes.size() - 1,
                    new Route<>(new KeyRange(last.keys().from(), route.keys().to()), route.entry(), route.owner()));
        } else {
            routes.add(route);
        }
    }
}
