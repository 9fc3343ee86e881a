package io.strandline.testkit.sync;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;

class LogStoreRulesTest {

    @Nested
    @ExtendWith(VertxExtension.class)
    class Store extends RevisionStoreRules {
        Store(Vertx vertx) {
            super(new LogPlace(vertx));
        }
    }

    @Nested
    @ExtendWith(VertxExtension.class)
    class Synchronizer extends StateSynchronizerRules {
        Synchronizer(Vertx vertx) {
            super(vertx, new LogPlace(vertx));
        }
    }
}
