package io.strandline.processing.group.impl.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.processing.group.impl.feed.KeyWindow.Held;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which events of several keys are ready, at the handler, failed and done. */
class KeyWindowTest {

    private static final long MILLI = 1_000_000;

    private final KeyWindow window = new KeyWindow(10);

    /** Adds an event of a new key while everything before it was begun, and gives it. */
    private Held add(long offset, String key) {
        window.add(record(offset, key), 100);
        return Objects.requireNonNull(window.firstReady());
    }

    private static EventRecord<Object> record(long offset, String key) {
        return new EventRecord<>(3, offset, 0, key, EventType.RAW, "event");
    }

    @Test
    void anEventIsReadyWhenThoseOfItsKeyBeforeItAreDone() {
        Held first = add(10, "a");
        window.begin(first, 1);
        window.add(record(11, "a"), 100);
        window.add(record(12, "b"), 100);
        assertThat(Objects.requireNonNull(window.firstReady()).offset).isEqualTo(12);
        window.end(first, 1);
        assertThat(Objects.requireNonNull(window.firstReady()).offset)
                .as("it may come again")
                .isEqualTo(12);
        window.done(first);
        assertThat(Objects.requireNonNull(window.firstReady()).offset).isEqualTo(11);
        assertThat(window.position()).isEqualTo(11);
        assertThat(window.bytes()).isEqualTo(200);
        assertThat(window.end()).isEqualTo(13);
    }

    @Test
    void thePositionPassesWhatIsDoneOnceEverythingBeforeItIs() {
        Held a = add(10, "a");
        window.begin(a, 1);
        Held b = add(11, "b");
        assertThat(window.isBegunAfter(10)).isFalse();
        window.begin(b, 1);
        assertThat(window.isBegunAfter(10)).isTrue();
        assertThat(window.isBegunAfter(11)).isFalse();
        window.end(b, 2);
        window.done(b);
        assertThat(window.position()).isEqualTo(10);
        window.passOver(20);
        assertThat(window.position()).isEqualTo(10);
        window.end(a, 1);
        window.done(a);
        assertThat(window.position()).isEqualTo(20);
        window.passOver(15);
        assertThat(window.end()).isEqualTo(20);
        assertThat(window.isEmpty()).isTrue();
        assertThat(window.inHand()).isZero();
    }

    /** What an earlier delivery ends with says nothing of the later one. */
    @Test
    void anEndCountsForItsOwnDeliveryAndOnce() {
        Held held = add(10, "a");
        long first = window.begin(held, 1);
        List<Long> givenUp = new ArrayList<>();
        window.giveUp(5, 0, other -> givenUp.add(other.offset));
        window.giveUp(5, 5 * MILLI - 1, other -> givenUp.add(other.offset));
        assertThat(givenUp).as("not yet").isEmpty();
        window.giveUp(5, 5 * MILLI, other -> givenUp.add(other.offset));
        assertThat(givenUp).containsExactly(10L);
        assertThat(held.timeoutMillis()).isEqualTo(5);
        assertThat(window.inHand()).isZero();
        assertThat(window.end(held, first)).isFalse();
        assertThat(window.inHand()).isZero();

        long second = window.begin(held, 2);
        assertThat(held.timeoutMillis()).isZero();
        assertThat(held.attempt()).isEqualTo(2);
        assertThat(window.end(held, first)).isFalse();
        assertThat(window.inHand()).isEqualTo(1);
        window.giveUp(5, 6 * MILLI, other -> givenUp.add(other.offset));
        assertThat(givenUp).as("its time begins again").hasSize(1);
        assertThat(window.end(held, second)).isTrue();
        assertThat(window.end(held, second)).isFalse();
        window.giveUp(5, 100 * MILLI, other -> givenUp.add(other.offset));
        assertThat(givenUp).as("it is not at the handler").hasSize(1);
        assertThat(window.inHand()).isZero();
    }

    @Test
    void theFirstThatHasFailedIsKnownUntilItIsBegunAgainOrDone() {
        List<Held> all = new ArrayList<>();
        for (long offset = 10; offset < 14; offset++) {
            Held held = add(offset, "key-" + offset);
            window.begin(held, 1);
            all.add(held);
        }
        assertThat(window.firstFailed()).isEqualTo(Long.MAX_VALUE);
        window.failed(all.get(2), new IllegalStateException("two"));
        window.failed(all.get(1), new IllegalStateException("one"));
        window.failed(all.get(3), new IllegalStateException("three"));
        assertThat(window.firstFailed()).isEqualTo(11);
        window.done(all.get(3));
        assertThat(window.firstFailed()).isEqualTo(11);
        window.begin(all.get(1), 2);
        assertThat(all.get(1).failure()).isNull();
        assertThat(window.firstFailed()).isEqualTo(12);
        window.done(all.get(2));
        assertThat(window.firstFailed()).isEqualTo(Long.MAX_VALUE);
    }

    /** An event of a key that waits may be passed over without having been at the handler. */
    @Test
    void whatIsDoneWithoutADeliveryIsReadyNoMore() {
        Held first = add(10, "a");
        window.add(record(11, "b"), 100);
        window.done(first);
        assertThat(Objects.requireNonNull(window.firstReady()).offset).isEqualTo(11);
        assertThat(window.position()).isEqualTo(11);
    }
}
