package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.json.JsonCodec;
import io.strandline.server.Doors;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Synchronizers over several stores on one log, which stand for several processes. */
@ExtendWith(VertxExtension.class)
class LogSynchronizerTest {

    private static final String NAME = "synced/seats";
    private static final int STORES = 2;
    private static final int UPDATERS = 4;
    private static final int UPDATES = 20;

    /** A seat is taken once. A second booking, caused by a decision on a stale state, breaks the fold. */
    record Seats(Map<String, String> takenBy) {

        Seats with(Taken taken) {
            Map<String, String> next = new TreeMap<>(takenBy);
            if (next.put(taken.seat(), taken.by()) != null) {
                throw new IllegalStateException(taken + " is taken already");
            }
            return new Seats(next);
        }
    }

    record Taken(String seat, String by) {}

    private static final StateModel<Seats, Taken> MODEL = new StateModel<>(
            new Seats(Map.of()),
            Seats::with,
            JsonCodec.of("seats", 1, Seats.class),
            JsonCodec.of("taken", 1, Taken.class));

    @Test
    void every_update_is_decided_on_the_state_before_it_and_stands_after_a_restart(
            Vertx vertx, @TempDir Path directory) {
        Strandline log = await(Doors.open(vertx, "file:" + directory));
        List<StateSync> syncs = new ArrayList<>();
        List<Future<Revisioned<Seats>>> taken = new ArrayList<>();
        for (int store = 0; store < STORES; store++) {
            StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
            syncs.add(sync);
            for (int updater = 0; updater < UPDATERS; updater++) {
                String self = store + "/" + updater;
                StateSynchronizer<Seats, Taken> open = await(sync.open(NAME, MODEL));
                for (int i = 0; i < UPDATES; i++) {
                    taken.add(open.update(
                            seats -> List.of(new Taken("seat " + seats.takenBy().size(), self))));
                }
            }
        }
        await(Future.all(taken));
        int updates = STORES * UPDATERS * UPDATES;
        assertThat(taken.stream().map(each -> await(each).revision()))
                .as("one revision each")
                .doesNotHaveDuplicates()
                .allMatch(revision -> revision >= 1 && revision <= updates);
        syncs.forEach(sync -> await(sync.close()));
        await(log.close());

        Strandline reopened = await(Doors.open(vertx, "file:" + directory));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, reopened));
        Revisioned<Seats> found = await(sync.<Seats, Taken>open(NAME, MODEL)).state();
        assertThat(found.revision()).isEqualTo(updates);
        assertThat(found.state().takenBy()).hasSize(updates).containsKey("seat " + (updates - 1));
        await(reopened.close());
    }
}
