package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.sync.hazelcast.HazelcastRevisionStore;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Vertx;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** A cluster of one member, which takes a second one when a rule is about the loss of a member. */
class HazelcastStoreRulesTest {

    private static @Nullable HazelcastMember first;

    @BeforeAll
    static void start() {
        first = HazelcastMember.first();
    }

    @AfterAll
    static void stop() {
        member().close();
    }

    private static HazelcastMember member() {
        HazelcastMember member = first;
        assertThat(member).isNotNull();
        return member;
    }

    @Nested
    class Store extends RevisionStoreRules {
        Store() {
            super(new Cluster());
        }
    }

    @Nested
    class Synchronizer extends StateSynchronizerRules {
        Synchronizer() {
            super(member().vertx(), new Cluster());
        }
    }

    @Test
    void a_vertx_without_hazelcast_is_refused_with_the_remedy() {
        Vertx alone = Vertx.vertx();
        assertThat(Awaited.failureOf(HazelcastRevisionStore.open(alone)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("clusteredVertx");
        await(alone.close());
    }

    private static final class Cluster implements RevisionStoreFixture {

        private @Nullable HazelcastMember second;

        @Override
        public Set<StoreTrait> traits() {
            return Set.of(StoreTrait.DURABLE, StoreTrait.NEWS_MAY_BE_LOST);
        }

        @Override
        public RevisionStore create(HistoryLimits limits) {
            return open(member(), limits);
        }

        @Override
        public RevisionStore reopen(HistoryLimits limits) {
            return create(limits);
        }

        /** A second member joins and takes its part of the names. Then it is lost, or the store moved there and lost. */
        @Override
        public RevisionStore crash(HistoryLimits limits) {
            HazelcastMember lost = member().another();
            second = lost;
            lost.hazelcast().getLifecycleService().terminate();
            member().awaitAlone();
            return create(limits);
        }

        @Override
        public void close() {
            if (second != null) {
                second.close();
            }
        }

        private static RevisionStore open(HazelcastMember member, HistoryLimits limits) {
            return await(HazelcastRevisionStore.open(member.vertx(), member.hazelcast(), limits));
        }
    }
}
