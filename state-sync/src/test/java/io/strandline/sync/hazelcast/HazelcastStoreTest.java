package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.sync.RevisionStoreRules;
import io.strandline.sync.StateSynchronizerRules;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class HazelcastStoreTest {

    private static Member member;

    @BeforeAll
    static void start() {
        member = Member.first();
    }

    @AfterAll
    static void stop() {
        member.close();
    }

    @Nested
    class Store extends RevisionStoreRules {
        @Override
        protected RevisionStore create(HistoryLimits limits) {
            return await(HazelcastRevisionStore.open(member.vertx(), limits));
        }
    }

    @Nested
    class Synchronizer extends StateSynchronizerRules {
        @Override
        protected Vertx vertx() {
            return member.vertx();
        }

        @Override
        protected RevisionStore create(HistoryLimits limits) {
            return await(HazelcastRevisionStore.open(member.vertx(), member.hazelcast(), limits));
        }
    }

    @Test
    void a_vertx_without_hazelcast_is_refused_with_the_remedy() {
        Vertx alone = Vertx.vertx();
        assertThat(failureOf(HazelcastRevisionStore.open(alone)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("clusteredVertx");
        await(alone.close());
    }
}
