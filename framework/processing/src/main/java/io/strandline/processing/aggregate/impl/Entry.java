package io.strandline.processing.aggregate.impl;

import io.strandline.KeyRange;
import io.strandline.processing.aggregate.impl.Call.Taker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The context at which the calls for some keys enter as long as the aggregates are open, whoever owns the keys. So two calls of one
 * caller keep their order while their keys go to another owner:
 *
 * <pre>
 *  call ─▶ entry ─▶ owner                          as long as it has the keys, and to the one that took over by it
 *  call ─▶ entry, held                             while a marker goes to the context of the owner before, and comes back
 *  call ─▶ entry ─▶ owner that took over           from then on
 * </pre>
 *
 * <p>The marker is behind all that the owner before was given, so when it is back all of that is with the next one, or on its way to
 * the context of that one. Without it a call that goes straight to the next owner may be there before one that goes by the context of
 * the owner before. All of it runs on its context.
 */
final class Entry<C, S> implements Taker<C, S> {

    private final Executor context;

    /** In ascending order of their keys. */
    private List<Way<C, S>> ways = new ArrayList<>();

    /** Who has the calls for some keys, until they went to others. */
    interface Owner<C, S> {

        KeyRange keys();

        /** Takes a call, from any thread: at once on its own context. */
        void submit(Call<C, S> call);

        /** Runs a task on its context, after the calls that it was given before. */
        void run(Runnable task);

        /** Those that took over its keys. None while it has them. Callable from any thread. */
        List<? extends Owner<C, S>> successors();

        /** Whether those that took over have what waited here. Callable from any thread. */
        boolean hasHandedOn();
    }

    /** The way of some keys to their owner. */
    private static final class Way<C, S> {

        final KeyRange keys;
        final Owner<C, S> owner;

        /** Calls that wait for the marker, in their order. Null if nothing waits. */
        @Nullable
        List<Call<C, S>> held;

        Way(KeyRange keys, Owner<C, S> owner) {
            this.keys = keys;
            this.owner = owner;
        }
    }

    /** @param context runs tasks one after the other, in their order */
    Entry(Executor context) {
        this.context = context;
    }

    /** Has the keys of an owner too, which are after all that it has. To be called before there are calls. */
    void add(Owner<C, S> owner) {
        ways.add(new Way<>(owner.keys(), owner));
    }

    /** How many ranges of keys have a way of their own. On its context. */
    int ways() {
        return ways.size();
    }

    /** From any thread. */
    @Override
    public void take(Call<C, S> call) {
        context.execute(() -> enter(call));
    }

    private void enter(Call<C, S> call) {
        Way<C, S> way = find(call.hash);
        List<Call<C, S>> held = way.held;
        if (held == null) {
            way.owner.submit(call);
        } else {
            held.add(call);
        }
    }

    private Way<C, S> find(long hash) {
        int low = 0;
        int high = ways.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(hash, ways.get(middle).keys.to()) <= 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return ways.get(low);
    }

    /** An owner has handed on what it had. What it still gets goes on at once. From any thread. */
    void follow(Owner<C, S> from) {
        context.execute(() -> followNow(from));
    }

    private void followNow(Owner<C, S> from) {
        List<Way<C, S>> next = new ArrayList<>();
        List<Way<C, S>> moved = new ArrayList<>();
        for (Way<C, S> way : ways) {
            if (way.owner != from || way.held != null) {
                next.add(way); // what is held is looked at again when its marker is back
                continue;
            }
            for (Owner<C, S> taker : from.successors()) {
                if (taker.keys().overlaps(way.keys)) {
                    Way<C, S> held = new Way<>(common(way.keys, taker.keys()), taker);
                    held.held = new ArrayList<>();
                    next.add(held);
                    moved.add(held);
                }
            }
        }
        if (!moved.isEmpty()) {
            ways = next;
            from.run(() -> context.execute(() -> release(moved)));
        }
    }

    private void release(List<Way<C, S>> moved) {
        for (Way<C, S> way : moved) {
            List<Call<C, S>> held = way.held;
            way.held = null;
            if (held != null) {
                held.forEach(way.owner::submit);
            }
        }
        joinNeighbours();
        // One that handed on meanwhile was not followed, because its keys were held.
        moved.stream()
                .map(way -> way.owner)
                .distinct()
                .filter(Owner::hasHandedOn)
                .forEach(this::followNow);
    }

    /** Neighbours with one owner are one way, so that there are no more than the partitions of a stream. */
    private void joinNeighbours() {
        List<Way<C, S>> next = new ArrayList<>();
        for (Way<C, S> way : ways) {
            Way<C, S> last = next.isEmpty() ? null : next.get(next.size() - 1);
            if (last != null
                    && last.owner == way.owner
                    && last.held == null
                    && way.held == null
                    && last.keys.to() + 1 == way.keys.from()) {
                next.set(next.size() - 1, new Way<>(new KeyRange(last.keys.from(), way.keys.to()), way.owner));
            } else {
                next.add(way);
            }
        }
        ways = next;
    }

    private static KeyRange common(KeyRange one, KeyRange other) {
        return new KeyRange(
                Long.compareUnsigned(one.from(), other.from()) > 0 ? one.from() : other.from(),
                Long.compareUnsigned(one.to(), other.to()) < 0 ? one.to() : other.to());
    }
}
