package io.strandline.processing.pipeline.impl.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.KeyedEvents;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windows;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.state.SessionStore.Session;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** What finds states by their times takes room, and gives it back when it goes. */
class IndexRoomTest {

    private static final int KEYS = 10_000;
    private static final String ID = "an id";

    /** A timer with its key. */
    private static final long TIMER = 64L + 40 + "key-10000".length();

    /** A place of a key, and that the key has items. */
    private static final long PLACE = 64 + 64;

    /** An id with its newest time. */
    private static final long MEMBER = 96L + 40 + ID.length();

    /** The budget hears of 16 KiB at once. */
    private static final Offset<Long> CLAIMS = Offset.offset(40_000L);

    private final StateBudget budget = new StateBudget(Long.MAX_VALUE);

    private OperatorStates states(Function<KeyedEvents<String>, Events<String>> operator) {
        KeyedEvents<String> keyed =
                Pipeline.named("one", 1).from("s/in", TextCodec.STRING).keyByRoutingKey();
        return new OperatorStates(
                operator.apply(keyed).to("s/out", TextCodec.STRING).build().topology(), EventTime.START, budget);
    }

    private OperatorStates deduplicating() {
        return states(keyed -> keyed.deduplicate("once", event -> event, Duration.ofMillis(20)));
    }

    private static TimedStore ids(OperatorStates states) {
        return (TimedStore) states.store("once");
    }

    private static void forEachKey(Consumer<String> each) {
        for (int i = 0; i < KEYS; i++) {
            each.accept("key-" + (10_000 + i));
        }
    }

    private long used() {
        return budget.counted()[0];
    }

    private void assertGivesBack(long bytesPerKey, Consumer<String> change) {
        long before = used();
        forEachKey(change);
        assertThat(before - used()).isCloseTo(KEYS * bytesPerKey, CLAIMS);
    }

    @Test
    void a_timer_and_a_time_to_live() {
        OperatorStates states = states(keyed -> keyed.timeToLive(Duration.ofMillis(100))
                .<String, String>process("last", TextCodec.STRING, key -> "", (state, event, context) -> event));
        KeyedStore store = (KeyedStore) states.store("last");
        forEachKey(key -> {
            store.put(key, "state", new long[] {7}, 5);
            store.timers().add(7, key);
            store.timers().add(7, key); // the same
        });
        assertGivesBack(2 * TIMER, key -> {
            store.timers().remove(7, key);
            store.timers().remove(7, key);
            store.put(key, null, StateEntry.NO_TIMES, 6);
        });
    }

    @Test
    void a_session() {
        OperatorStates states = states(keyed -> keyed.window(Windows.session(Duration.ofMillis(10)))
                .early(Duration.ofMillis(3))
                .reduce("session", TextCodec.STRING, (one, other) -> other)
                .map(session -> session.value()));
        SessionStore store = (SessionStore) states.store("session");
        forEachKey(key -> store.put(key, new Session[] {new Session(1, 2, "value", false, 3)}));
        assertGivesBack(2 * TIMER, key -> store.put(key, new Session[0]));
    }

    @Test
    void an_early_result_and_a_window() {
        OperatorStates states = states(keyed -> keyed.window(Windows.tumbling(Duration.ofMillis(100)))
                .early(Duration.ofMillis(30))
                .reduce("window", TextCodec.STRING, (one, other) -> other)
                .map(window -> window.value()));
        WindowStore store = (WindowStore) states.store("window");
        forEachKey(key -> store.addEarly(new WindowStore.Early(30, key, 0)));
        assertGivesBack(TIMER + 8, key -> store.pollEarly());
        forEachKey(key -> store.window(100 * Long.parseLong(key.substring(4))));
        assertGivesBack(512, key -> store.remove(100 * Long.parseLong(key.substring(4))));
    }

    @Test
    void an_id() {
        TimedStore store = ids(deduplicating());
        forEachKey(key -> {
            store.add(key, 10, ID);
            store.add(key, 11, ID); // which moves it
        });
        assertGivesBack(TIMER + PLACE / 2, key -> store.remove(store.poll().key(), 10, item -> true));
        assertGivesBack(TIMER + PLACE + MEMBER, key -> store.remove(store.poll().key(), 11, item -> true));
    }

    @Test
    void nothing_is_left_of_steps_that_are_undone() {
        OperatorStates states = deduplicating();
        TimedStore store = ids(states);
        store.add("key", 10, "first");
        long before = used();
        forEachKey(id -> {
            states.begin();
            store.add("key", 11, id);
            store.add("key", 10, id);
            states.undo();
        });
        assertThat(used()).isCloseTo(before, CLAIMS);
    }

    @Test
    void a_state_that_is_restored_counts_as_one_that_grew() {
        OperatorStates grown = deduplicating();
        forEachKey(key -> ids(grown).add(key, 10, ID));
        long before = used();
        TimedStore restored = ids(deduplicating());
        ids(grown).forEach(piece -> restored.restore(piece));
        assertThat(used() - before).isGreaterThan(KEYS * (TIMER + PLACE + MEMBER));
    }

    /** Its records alone would fit. */
    @Test
    void a_state_whose_index_does_not_fit_is_not_restored() {
        OperatorStates grown = deduplicating();
        forEachKey(key -> ids(grown).add(key, 10, ID));
        TimedStore store = ids(deduplicating());
        ids(grown).forEach(piece -> store.map(0).add(store.recordOf(piece), piece));
        StateBudget small = new StateBudget(KEYS * TIMER);
        store.limit(small);
        assertThatThrownBy(store::restored)
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("once");
        assertThat(small.counted()[0]).isBetween(KEYS * TIMER, 2 * KEYS * TIMER);
    }
}
