package io.strandline.sync;

import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class MemorySynchronizerTest extends StateSynchronizerRules {

    private Vertx vertx = Vertx.vertx();

    @BeforeEach
    void use(Vertx own) {
        vertx = own;
    }

    @Override
    protected Vertx vertx() {
        return vertx;
    }

    @Override
    protected RevisionStore create(HistoryLimits limits) {
        return MemoryRevisionStore.create(limits);
    }
}
