package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A state never grows past what its store takes whole. */
class StateRoomTest {

    private static final HistoryLimits LIMITS = new HistoryLimits(1 << 10, 8, 4 << 10, 8);

    /** Keeps the last texts: so many as an update says, or one more. */
    private static final StateModel<List<String>, String> SHRINKING =
            new StateModel<>(List.of(), StateRoomTest::shrunk, Texts.LINES, Texts.TEXT);

    private static List<String> shrunk(List<String> state, String update) {
        if (update.startsWith("keep ")) {
            int keep = Integer.parseInt(update.substring("keep ".length()));
            return List.copyOf(state.subList(Math.max(0, state.size() - keep), state.size()));
        }
        List<String> after = new ArrayList<>(state);
        if (update.startsWith("times ")) {
            int times = Integer.parseInt(update.substring("times ".length()));
            for (int i = 0; i < times; i++) {
                after.add("x".repeat(50));
            }
        } else {
            after.add(update);
        }
        return List.copyOf(after);
    }

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private StateSynchronizer<List<String>, String> open(StateModel<List<String>, String> model) {
        return await(StateSync.create(vertx, MemoryRevisionStore.create(LIMITS)).open("s/name", model));
    }

    @Test
    void whatWouldMakeTheStateTooLargeIsRefusedAndTheRestGoesOn() {
        StateSynchronizer<List<String>, String> synchronizer = open(SHRINKING);
        StrandlineException refusal = null;
        int taken = 0;
        while (refusal == null) {
            assertThat(taken).isLessThan(100);
            try {
                await(synchronizer.update(state -> List.of("x".repeat(50))));
                taken++;
            } catch (CompletionException e) {
                refusal = (StrandlineException) e.getCause();
            }
        }
        assertThat(refusal)
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 1024");
        assertThat(taken).isBetween(18, 20);
        for (int again = 0; again < 50; again++) {
            assertThat(failureOf(synchronizer.update(state -> List.of("x".repeat(50)))))
                    .isInstanceOf(StrandlineException.Overloaded.class);
            await(synchronizer.update(state -> List.of("keep " + (state.size() - 1))));
            await(synchronizer.update(state -> List.of("x".repeat(50))));
        }
        assertThat(await(synchronizer.update(state -> List.of("keep 0"))).state())
                .isEmpty();
    }

    /**
     * An update that grows more than assumed is taken, and fills the store. The update that empties the state is still
     * taken.
     */
    @Test
    void aStateThatBecameTooLargeCanBeEmptied() {
        StateSynchronizer<List<String>, String> synchronizer = open(SHRINKING);
        await(synchronizer.update(state -> List.of("a")));
        await(synchronizer.update(state -> List.of("times 40")));
        while (true) {
            try {
                int left = await(synchronizer.update(state -> List.of("keep " + (state.size() - 1))))
                        .state()
                        .size();
                if (left <= 22) {
                    break;
                }
            } catch (CompletionException full) {
                assertThat(full.getCause()).isInstanceOf(StrandlineException.Overloaded.class);
                break;
            }
        }
        assertThat(await(synchronizer.update(state -> List.of("keep 3"))).state())
                .hasSize(3);
        assertThat(await(synchronizer.update(state -> List.of("b"))).state()).hasSize(4);
    }

    /** One has made the state small, as far as it knows by its own updates. The other fills it. */
    @Test
    void whatOthersAppendCounts() {
        HistoryLimits limits = new HistoryLimits(16 << 10, 200, 64 << 10, 8);
        RevisionStore store = MemoryRevisionStore.create(limits);
        StateSynchronizer<List<String>, String> one =
                await(StateSync.create(vertx, store).open("s/name", SHRINKING));
        StateSynchronizer<List<String>, String> other =
                await(StateSync.create(vertx, store).open("s/name", SHRINKING));
        await(one.update(state -> List.of("a")));
        StrandlineException refusal = null;
        while (refusal == null) {
            try {
                await(other.update(state -> List.of("y".repeat(300))));
            } catch (CompletionException e) {
                refusal = (StrandlineException) e.getCause();
            }
        }
        await(one.fetch());
        assertThat(failureOf(one.update(state -> List.of("z".repeat(300)))))
                .isInstanceOf(StrandlineException.Overloaded.class);
    }
}
