package io.strandline.processing.pipeline.impl.operator;

import io.strandline.processing.pipeline.Operator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Items of each key in the order of their times, until they are due. Items of one key and time are one piece of state, a list
 * in the order in which they came. Changes beside a capture are kept as in {@link KeyedState}.
 */
final class TimedStore extends StateStore {

    private static final Comparator<Place> BY_TIME =
            Comparator.comparingLong(Place::time).thenComparing(Place::key);

    private final String layout;
    private final Due due;
    /** The newest time of each item of a key, if the operator asks for it. */
    private final @Nullable Map<Member, Long> members;

    private final TreeMap<Place, List<Object>> settled = new TreeMap<>();
    /** Newer than the lists of {@link #settled}. Null for a forgotten one. */
    private final TreeMap<Place, @Nullable List<Object>> changed = new TreeMap<>();

    private boolean captured;

    private final TimerIndex dues = new TimerIndex();
    /** Key → number of its items. */
    private final Map<String, Integer> sizes = new HashMap<>();

    /** Note for {@link #putBack} that something of a key was due. */
    private static final Object DUE = new Object();

    private record Place(String key, long time) implements Comparable<Place> {

        @Override
        public int compareTo(Place other) {
            int byKey = key.compareTo(other.key);
            return byKey != 0 ? byKey : Long.compare(time, other.time);
        }
    }

    private record Member(String key, Object item) {}

    /** Computes when an item is due. */
    interface Due {

        long of(long time, Object item);
    }

    /** Items of one time. */
    record Found(long time, List<Object> items) {}

    private TimedStore(Operator.WithState operator, String layout, Due due, @Nullable Map<Member, Long> members) {
        super(operator);
        this.layout = layout;
        this.due = due;
        this.members = members;
    }

    /** The events that a join holds. Each is due when no partner can come any more. */
    static TimedStore of(Operator.Join join) {
        return new TimedStore(
                join,
                "held events",
                (time, item) ->
                        time + (((Operator.Held) item).isRight() ? join.beforeMillis() : join.afterMillis()) + 1,
                null);
    }

    /** Ids that are known. Each is due when it is to be forgotten. */
    static TimedStore of(Operator.Deduplicate deduplicate) {
        return new TimedStore(
                deduplicate, "ids", (time, item) -> time + deduplicate.withinMillis() + 1, new HashMap<>());
    }

    @Override
    public String layout() {
        return layout;
    }

    /** Removes and returns the first of {@link #dues}: the caller does what is due. */
    TimerIndex.Timer poll() {
        TimerIndex.Timer first = Objects.requireNonNull(dues.first());
        dues.remove(first.time(), first.key());
        note(first.time(), first.key(), DUE);
        return first;
    }

    /** When the items of a key are due. */
    TimerIndex dues() {
        return dues;
    }

    /** Number of items of a key. */
    int size(String key) {
        return sizes.getOrDefault(key, 0);
    }

    /** The newest time of an item of a key, or null if the key does not have it. */
    @Nullable
    Long timeOf(String key, Object item) {
        return Objects.requireNonNull(members).get(new Member(key, item));
    }

    /** Items of a key whose times are within two, both included, by their times. */
    List<Found> between(String key, long from, long to) {
        Place first = new Place(key, from);
        Place last = new Place(key, to);
        NavigableMap<Place, List<Object>> places = settled.subMap(first, true, last, true);
        if (!changed.isEmpty()) {
            NavigableMap<Place, @Nullable List<Object>> newest = changed.subMap(first, true, last, true);
            if (!newest.isEmpty()) {
                places = new TreeMap<>(places);
                for (Map.Entry<Place, @Nullable List<Object>> change : newest.entrySet()) {
                    List<Object> items = change.getValue();
                    if (items == null) {
                        places.remove(change.getKey());
                    } else {
                        places.put(change.getKey(), items);
                    }
                }
            }
        }
        List<Found> found = new ArrayList<>(places.size());
        places.forEach((place, items) -> found.add(new Found(place.time(), items)));
        return found;
    }

    void add(String key, long time, Object item) {
        Place place = new Place(key, time);
        List<Object> before = get(place);
        List<Object> after = new ArrayList<>(before.size() + 1);
        after.addAll(before);
        after.add(item);
        put(place, List.copyOf(after));
        added(key, time, item);
    }

    private void added(String key, long time, Object item) {
        dues.add(due.of(time, item), key);
        sizes.merge(key, 1, Integer::sum);
        if (members != null) {
            members.merge(new Member(key, item), time, Math::max);
        }
    }

    /** Puts other items in the place of as many that are due at the same times. */
    void replace(String key, long time, List<Object> items) {
        put(new Place(key, time), List.copyOf(items));
    }

    /** Removes items of a key and time, and returns them in the order in which they came. */
    List<Object> remove(String key, long time, Predicate<Object> which) {
        Place place = new Place(key, time);
        List<Object> removed = new ArrayList<>();
        List<Object> rest = new ArrayList<>();
        for (Object item : get(place)) {
            (which.test(item) ? removed : rest).add(item);
        }
        if (removed.isEmpty()) {
            return removed;
        }
        put(place, rest.isEmpty() ? null : List.copyOf(rest));
        sizes.computeIfPresent(key, (of, size) -> size == removed.size() ? null : size - removed.size());
        if (members != null) {
            removed.forEach(item -> members.remove(new Member(key, item), time));
        }
        return removed;
    }

    private List<Object> get(Place place) {
        if (!changed.isEmpty()) {
            List<Object> items = changed.get(place);
            if (items != null) {
                return items;
            }
            if (changed.containsKey(place)) {
                return List.of();
            }
        }
        return settled.getOrDefault(place, List.of());
    }

    private void put(Place place, @Nullable List<Object> items) {
        note(place.time(), place.key(), get(place));
        set(place, items);
    }

    /** Rare, so it looks at all items of the key instead of noting more. */
    @Override
    void putBack(long at, String key, @Nullable Object stored) {
        if (stored == DUE) {
            dues.add(at, key);
            return;
        }
        Place place = new Place(key, at);
        List<Object> now = get(place);
        List<?> before = (List<?>) Objects.requireNonNull(stored);
        set(place, before.isEmpty() ? null : List.copyOf(before));
        int size = size(key) + before.size() - now.size();
        sizes.compute(key, (of, former) -> size == 0 ? null : size);
        List<Found> all = between(key, Long.MIN_VALUE, Long.MAX_VALUE);
        for (Object item : now) {
            long added = due.of(at, item);
            if (all.stream().noneMatch(found -> found.items().stream()
                    .anyMatch(other -> due.of(found.time(), other) == added))) {
                dues.remove(added, key);
            }
            remember(key, item, all);
        }
        before.forEach(item -> remember(key, item, all));
    }

    private void remember(String key, Object item, List<Found> all) {
        if (members != null) {
            OptionalLong newest = all.stream()
                    .filter(found -> found.items().contains(item))
                    .mapToLong(Found::time)
                    .max();
            members.compute(new Member(key, item), (of, former) -> newest.isPresent() ? newest.getAsLong() : null);
        }
    }

    private void set(Place place, @Nullable List<Object> items) {
        if (captured) {
            changed.put(place, items);
            return;
        }
        if (!changed.isEmpty()) {
            changed.remove(place);
        }
        settle(place, items);
    }

    private void settle(Place place, @Nullable List<Object> items) {
        if (items == null) {
            settled.remove(place);
        } else {
            settled.put(place, items);
        }
    }

    @Override
    @SuppressWarnings("unchecked") // the codecs of these operators read lists
    public boolean restore(StateEntry entry) {
        Place place = new Place(entry.key(), entry.at());
        if (!get(place).isEmpty()) {
            return false;
        }
        List<Object> items = (List<Object>) Objects.requireNonNull(entry.value());
        set(place, items);
        items.forEach(item -> added(place.key(), place.time(), item));
        return true;
    }

    @Override
    public void forEach(Consumer<StateEntry> each) {
        settled.forEach((place, items) -> {
            if (!changed.containsKey(place)) {
                each.accept(entry(place, items));
            }
        });
        changed.forEach((place, items) -> {
            if (items != null) {
                each.accept(entry(place, items));
            }
        });
    }

    private static StateEntry entry(Place place, List<Object> items) {
        return new StateEntry(place.time(), place.key(), StateEntry.NO_TIMES, items);
    }

    @Override
    int settle(int most) {
        if (captured) {
            return most;
        }
        int moved = 0;
        for (; moved < most && !changed.isEmpty(); moved++) {
            Map.Entry<Place, @Nullable List<Object>> change = changed.pollFirstEntry();
            settle(change.getKey(), change.getValue());
        }
        return changed.isEmpty() ? most - moved : -1;
    }

    @Override
    Captured capture() {
        if (captured || !changed.isEmpty()) {
            throw new IllegalStateException(
                    captured ? "captured already" : changed.size() + " changes are not settled yet");
        }
        captured = true;
        Map<Place, List<Object>> frozen = Collections.unmodifiableMap(settled);
        return new Captured() {

            @Override
            public long size() {
                return frozen.size();
            }

            @Override
            public void forEach(EntryConsumer each) throws IOException {
                List<Place> places = new ArrayList<>(frozen.keySet());
                places.sort(BY_TIME);
                for (Place place : places) {
                    each.accept(entry(place, Objects.requireNonNull(frozen.get(place))));
                }
            }
        };
    }

    @Override
    void release() {
        captured = false;
    }
}
