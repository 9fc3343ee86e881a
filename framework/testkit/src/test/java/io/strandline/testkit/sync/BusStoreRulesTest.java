package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;

import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.BusRevisionStore;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

/** The far side of a store in memory. */
class BusStoreRulesTest {

    @Nested
    @ExtendWith(VertxExtension.class)
    class Store extends RevisionStoreRules {
        Store(Vertx vertx) {
            super(overTheBus(vertx));
        }
    }

    @Nested
    @ExtendWith(VertxExtension.class)
    class Synchronizer extends StateSynchronizerRules {
        Synchronizer(Vertx vertx) {
            super(vertx, overTheBus(vertx));
        }
    }

    private static OneStore overTheBus(Vertx vertx) {
        return new OneStore(limits -> far(vertx, limits), Set.of(StoreTrait.NEWS_MAY_BE_LOST));
    }

    private static RevisionStore far(Vertx vertx, HistoryLimits limits) {
        BusOptions options =
                new BusOptions().setAddress(UUID.randomUUID().toString()).setMaxValueBytes(limits.maxValueBytes());
        await(RevisionEndpoint.open(vertx, MemoryRevisionStore.create(limits), options));
        return await(BusRevisionStore.open(vertx, options));
    }
}
