package io.strandline.testkit.sync;

import io.strandline.sync.MemoryRevisionStore;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

class MemoryStoreRulesTest {

    @Nested
    class Store extends RevisionStoreRules {
        Store() {
            super(new OneStore(MemoryRevisionStore::create, Set.of()));
        }
    }

    @Nested
    @ExtendWith(VertxExtension.class)
    class Synchronizer extends StateSynchronizerRules {
        Synchronizer(Vertx vertx) {
            super(vertx, new OneStore(MemoryRevisionStore::create, Set.of()));
        }
    }
}
