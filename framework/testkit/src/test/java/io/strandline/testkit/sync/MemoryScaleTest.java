package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class MemoryScaleTest {

    private static final long UPDATES = 1_000_000;
    private static final int CALLERS = 500;
    private static final StreamName NAME = new StreamName("scale", "counter");

    @Test
    void a_million_updates_are_kept_in_bounded_space(Vertx vertx) {
        MemoryRevisionStore store = MemoryRevisionStore.create();
        StateModel<String, String> counter = StateModel.ofValue("0", TextState.TEXT);
        StateSynchronizer<String, String> one =
                await(StateSync.create(vertx, store).open(NAME.toString(), counter));
        List<Future<?>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(increment(one, UPDATES / CALLERS));
        }
        await(Future.all(callers), 120); // a second where nobody else needs the machine
        assertThat(await(one.fetch())).isEqualTo(new Revisioned<>(UPDATES, Long.toString(UPDATES)));
        CatchUp kept = await(store.readSince(NAME, Position.NONE));
        assertThat(kept.newest().revision()).isEqualTo(UPDATES);
        assertThat(kept.revisions()).hasSizeLessThanOrEqualTo(HistoryLimits.DEFAULT.maxUpdatesKept() + 1);
    }

    private static Future<Void> increment(StateSynchronizer<String, String> one, long times) {
        if (times == 0) {
            return Future.succeededFuture();
        }
        return one.update(state -> List.of(Long.toString(Long.parseLong(state) + 1)))
                .compose(state -> increment(one, times - 1));
    }
}
