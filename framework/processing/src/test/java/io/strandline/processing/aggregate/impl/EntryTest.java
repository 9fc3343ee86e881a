package io.strandline.processing.aggregate.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.processing.aggregate.CommandOptions;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls enter, and their keys go from owner to owner, on contexts that take turns by a seed. */
class EntryTest {

    private static final int KEYS = 8;
    private static final List<KeyRange> KEY_RANGES = KeyRange.equalRanges(KEYS);

    private final Map<Long, Integer> sent = new HashMap<>();
    private final Map<Long, Integer> decided = new HashMap<>();
    private final List<Loop> loops = List.of(new Loop(), new Loop(), new Loop());
    private final Loop entryLoop = loops.get(0);
    private final Entry<String, String> entry = new Entry<>(entryLoop);
    private final List<FakeOwner> open = new ArrayList<>();
    private Random random = new Random(0);
    private Loop running = entryLoop;

    /** A context. */
    private final class Loop implements Executor {

        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        void turn() {
            Runnable task = tasks.poll();
            if (task != null) {
                running = this;
                task.run();
            }
        }
    }

    /** As PartitionOwner: calls wait while it claims, and while it asks who took over. */
    private final class FakeOwner implements Entry.Owner<String, String> {

        private final Loop loop;
        private final KeyRange keys;
        private final List<Call<String, String>> waiting = new ArrayList<>();
        private boolean claimed;
        private boolean sealed;
        private boolean handedOn;
        private List<FakeOwner> successors = List.of();

        FakeOwner(Loop loop, KeyRange keys) {
            this.loop = loop;
            this.keys = keys;
        }

        @Override
        public KeyRange keys() {
            return keys;
        }

        @Override
        public void submit(Call<String, String> call) {
            if (running == loop) {
                take(call);
            } else {
                loop.execute(() -> take(call));
            }
        }

        private void take(Call<String, String> call) {
            if (handedOn) {
                successor(call.hash).submit(call);
            } else if (!claimed || sealed) {
                waiting.add(call);
            } else {
                assertThat(call.id).as("key %x", call.hash).isEqualTo("" + decided.merge(call.hash, 1, Integer::sum));
            }
        }

        private FakeOwner successor(long hash) {
            return successors.stream()
                    .filter(next -> next.keys.contains(hash))
                    .findFirst()
                    .orElseThrow();
        }

        @Override
        public void run(Runnable task) {
            loop.execute(task);
        }

        @Override
        public List<FakeOwner> successors() {
            return successors;
        }

        @Override
        public boolean hasHandedOn() {
            return handedOn;
        }

        void claim() {
            claimed = true;
            if (!sealed) {
                List<Call<String, String>> all = List.copyOf(waiting);
                waiting.clear();
                all.forEach(this::take);
            }
        }

        void leave() {
            handedOn = true;
            waiting.forEach(call -> successor(call.hash).submit(call));
            waiting.clear();
            entry.follow(this);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void calls_keep_their_order_and_in_the_end_go_straight_to_their_owner(int seeds) {
        for (int i = 0; i < 200; i++) {
            run(seeds * 1_000L + i);
        }
    }

    private void run(long seed) {
        random = new Random(seed);
        EntryTest next = new EntryTest();
        next.random = random;
        next.begin();
        for (int step = 0; step < 400; step++) {
            next.step();
        }
        next.settle();
        assertThat(next.decided).as("seed %d", seed).isEqualTo(next.sent);
        next.assertStraight();
    }

    private void begin() {
        for (int half = 0; half < 2; half++) {
            FakeOwner owner = new FakeOwner(loops.get(half), ranges(half * KEYS / 2, (half + 1) * KEYS / 2 - 1));
            owner.claimed = true;
            open.add(owner);
            entry.add(owner);
        }
    }

    private void step() {
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> send();
            case 3 -> {
                if (random.nextInt(4) == 0) {
                    scale();
                }
            }
            default -> loops.get(random.nextInt(loops.size())).turn();
        }
    }

    private void send() {
        long hash = KEY_RANGES.get(random.nextInt(KEYS)).from();
        entry.take(call(hash, sent.merge(hash, 1, Integer::sum)));
    }

    private static Call<String, String> call(long hash, int number) {
        return new Call<>(
                new Call.Asked<>("" + number, hash, null, new CommandOptions(), null),
                Call.Way.ANY,
                1_000,
                Promise.promise(),
                () -> {});
    }

    /** Some neighbours are sealed, and others take over, on the contexts of theirs. */
    private void scale() {
        int first = random.nextInt(open.size());
        int count = 1 + random.nextInt(Math.min(3, open.size() - first));
        List<FakeOwner> from = List.copyOf(open.subList(first, first + count));
        int low = place(from.get(0).keys.from());
        int high = place(from.get(count - 1).keys.from()) + width(from.get(count - 1)) - 1;
        List<FakeOwner> to = new ArrayList<>();
        while (low <= high) {
            int end = low + random.nextInt(high - low + 1);
            Loop loop = from.get(random.nextInt(count)).loop;
            to.add(new FakeOwner(
                    random.nextInt(3) == 0 ? loops.get(random.nextInt(loops.size())) : loop, ranges(low, end)));
            low = end + 1;
        }
        open.removeAll(from);
        open.addAll(first, to);
        for (FakeOwner one : from) {
            one.loop.execute(() -> one.sealed = true);
            one.successors =
                    to.stream().filter(next -> next.keys.overlaps(one.keys)).toList();
            later(one.loop, one::leave);
        }
        to.forEach(one -> later(one.loop, one::claim));
    }

    /** After some more turns, as the answer of a log. */
    private void later(Loop loop, Runnable task) {
        int turns = random.nextInt(6);
        loop.execute(turns == 0 ? task : () -> later(loop, task));
    }

    private void settle() {
        while (loops.stream().anyMatch(loop -> !loop.tasks.isEmpty())) {
            loops.get(random.nextInt(loops.size())).turn();
        }
    }

    /** A call needs no context but that of the entry and that of its owner. */
    private void assertStraight() {
        for (int key = 0; key < KEYS; key++) {
            long hash = KEY_RANGES.get(key).from();
            FakeOwner owner = open.stream()
                    .filter(one -> one.keys.contains(hash))
                    .findFirst()
                    .orElseThrow();
            entry.take(call(hash, sent.merge(hash, 1, Integer::sum)));
            entryLoop.turn();
            owner.loop.turn();
        }
        assertThat(decided).isEqualTo(sent);
        assertThat(entry.ways()).isEqualTo(open.size());
    }

    private static KeyRange ranges(int first, int last) {
        return new KeyRange(KEY_RANGES.get(first).from(), KEY_RANGES.get(last).to());
    }

    private static int place(long from) {
        for (int i = 0; i < KEYS; i++) {
            if (KEY_RANGES.get(i).from() == from) {
                return i;
            }
        }
        throw new AssertionError("no key begins at " + from);
    }

    private static int width(FakeOwner owner) {
        int width = 0;
        for (KeyRange range : KEY_RANGES) {
            width += owner.keys.contains(range.from()) ? 1 : 0;
        }
        return width;
    }
}
