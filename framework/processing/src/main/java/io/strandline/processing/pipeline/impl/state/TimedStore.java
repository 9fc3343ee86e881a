package io.strandline.processing.pipeline.impl.state;

import io.strandline.processing.pipeline.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Items of each key in the order of their times, until they are due. Items of one key and time are one piece of state, a list
 * in the order in which they came. Its record has time and key as its key: a change to a key of many times writes one of them.
 */
public final class TimedStore extends OneMapStore {

    /** Estimate of the bytes of a place, without its key, which {@link #dues} count. */
    private static final int PLACE_BYTES = 64;

    /** The same of a key with its number of items. */
    private static final int SIZE_BYTES = 64;

    /** The same of an item of a key with its newest time, without the item. */
    private static final int MEMBER_BYTES = 96;

    /** The same of an item that is no text. */
    private static final int ITEM_BYTES = 48;

    private final String layout;
    private final Due due;
    /** The newest time of each item of a key, if the operator asks for it. */
    private final @Nullable Map<Member, Long> members;

    private final KeyedState<List<Object>> states = new KeyedState<>(this, new PieceForm(), 0);
    /** Where there are items. */
    private final TreeSet<Place> places = new TreeSet<>();

    private final TimerIndex dues = new TimerIndex(this::grow);
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

        /** Key of its record. */
        String record() {
            return time + " " + key;
        }

        static Place of(String record) {
            int end = record.indexOf(' ');
            return new Place(record.substring(end + 1), Long.parseLong(record, 0, end, 10));
        }
    }

    /** The items of a place as one piece. */
    private static final class PieceForm implements KeyedState.Form<List<Object>> {

        @Override
        public void split(String record, List<Object> items, Consumer<StateEntry> each) {
            Place place = Place.of(record);
            each.accept(new StateEntry(place.time(), place.key(), StateEntry.NO_TIMES, items));
        }

        @Override
        @SuppressWarnings("unchecked") // the codecs of these operators read lists
        public List<Object> join(List<StateEntry> pieces) {
            return (List<Object>) Objects.requireNonNull(pieces.get(0).value());
        }
    }

    private record Member(String key, Object item) {}

    /** Computes when an item is due. */
    interface Due {

        long of(long time, Object item);
    }

    /** Items of one time. */
    public record Found(long time, List<Object> items) {}

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
    public TimerIndex.Timer poll() {
        TimerIndex.Timer first = Objects.requireNonNull(dues.first());
        dues.remove(first.time(), first.key());
        noteRemoval(first.time(), first.key(), DUE);
        return first;
    }

    /** When the items of a key are due. */
    public TimerIndex dues() {
        return dues;
    }

    /** Number of items of a key. */
    public int size(String key) {
        return sizes.getOrDefault(key, 0);
    }

    /** The newest time of an item of a key, or null if the key does not have it. */
    @Nullable
    public Long timeOf(String key, Object item) {
        return Objects.requireNonNull(members).get(new Member(key, item));
    }

    /** Items of a key whose times are within two, both included, by their times. */
    public List<Found> between(String key, long from, long to) {
        List<Found> found = new ArrayList<>();
        for (Place place : places.subSet(new Place(key, from), true, new Place(key, to), true)) {
            found.add(new Found(place.time(), get(place)));
        }
        return found;
    }

    public void add(String key, long time, Object item) {
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
        resize(key, size(key) + 1);
        if (members != null) {
            int before = members.size();
            members.merge(new Member(key, item), time, Math::max);
            growBy(members.size() - before, item);
        }
    }

    private void resize(String key, int now) {
        Integer before = now == 0 ? sizes.remove(key) : sizes.put(key, now);
        if (now == 0 && before != null) {
            grow(-SIZE_BYTES);
        } else if (now > 0 && before == null) {
            grow(SIZE_BYTES);
        }
    }

    /** There are so many members more, or less. */
    private void growBy(int more, Object item) {
        grow((long) more * (MEMBER_BYTES + (item instanceof String text ? bytesOf(text) : ITEM_BYTES)));
    }

    /** Puts other items in the place of as many that are due at the same times. */
    public void replace(String key, long time, List<Object> items) {
        put(new Place(key, time), List.copyOf(items));
    }

    /** Removes items of a key and time, and returns them in the order in which they came. */
    public List<Object> remove(String key, long time, Predicate<Object> which) {
        Place place = new Place(key, time);
        List<Object> removed = new ArrayList<>();
        List<Object> rest = new ArrayList<>();
        for (Object item : get(place)) {
            (which.test(item) ? removed : rest).add(item);
        }
        if (removed.isEmpty()) {
            return removed;
        }
        noteRemoval(place.time(), key, get(place));
        set(place, rest.isEmpty() ? null : List.copyOf(rest));
        resize(key, size(key) - removed.size());
        if (members != null) {
            for (Object item : removed) {
                growBy(members.remove(new Member(key, item), time) ? -1 : 0, item);
            }
        }
        return removed;
    }

    private List<Object> get(Place place) {
        List<Object> items = states.get(place.record());
        return items == null ? List.of() : items;
    }

    private void put(Place place, List<Object> items) {
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
        resize(key, size(key) + before.size() - now.size());
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
            int before = members.size();
            members.compute(new Member(key, item), (of, former) -> newest.isPresent() ? newest.getAsLong() : null);
            growBy(members.size() - before, item);
        }
    }

    private void set(Place place, @Nullable List<Object> items) {
        states.put(place.record(), items);
        if (items == null) {
            grow(places.remove(place) ? -PLACE_BYTES : 0);
        } else {
            grow(places.add(place) ? PLACE_BYTES : 0);
        }
    }

    /** The keys of its records are anywhere among the hashes. */
    @Override
    KeyGroups groups(KeyGroups ofTask) {
        return KeyGroups.ALL;
    }

    @Override
    KeyedState<List<Object>> states() {
        return states;
    }

    @Override
    String recordOf(StateEntry piece) {
        return new Place(piece.key(), piece.at()).record();
    }

    @Override
    void restored(long at, Supplier<String> key, long[] times) {
        throw new IllegalStateException("what is due is found by the items");
    }

    /** When an item is due depends on the item. */
    @Override
    void restoredAll() {
        forEach(piece -> {
            requireRoom();
            restored(piece);
        });
    }

    @Override
    @SuppressWarnings("unchecked") // the codecs of these operators read lists
    void restored(StateEntry piece) {
        grow(places.add(new Place(piece.key(), piece.at())) ? PLACE_BYTES : 0);
        List<Object> items = (List<Object>) Objects.requireNonNull(piece.value());
        items.forEach(item -> added(piece.key(), piece.at(), item));
    }
}
