package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.hazelcast.HazelcastOverLogStore;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.RevisionStore;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** One member owns a log of files. The rules are tested with a store on the other member. */
class HazelcastOverLogRulesTest {

    private static @Nullable HazelcastMember owner;
    private static @Nullable HazelcastMember other;

    @BeforeAll
    static void start() {
        HazelcastMember first = HazelcastMember.first();
        owner = first;
        other = first.another();
    }

    @AfterAll
    static void stop() {
        present(other).close();
        present(owner).close();
    }

    private static HazelcastMember present(@Nullable HazelcastMember member) {
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
            super(present(other).vertx(), new Cluster());
        }
    }

    private static final class Cluster implements RevisionStoreFixture {

        private final LogPlace log = new LogPlace(present(owner).vertx());
        private final String address = UUID.randomUUID().toString();
        private @Nullable RevisionEndpoint endpoint;

        @Override
        public Set<StoreTrait> traits() {
            return Set.of(StoreTrait.DURABLE, StoreTrait.NEWS_MAY_BE_LOST);
        }

        @Override
        public RevisionStore create(HistoryLimits limits) {
            if (endpoint == null) {
                endpoint = serve(log.create(limits), limits);
            }
            return open(limits);
        }

        @Override
        public RevisionStore reopen(HistoryLimits limits) {
            away();
            endpoint = serve(log.reopen(limits), limits);
            return open(limits);
        }

        @Override
        public RevisionStore crash(HistoryLimits limits) {
            away();
            endpoint = serve(log.crash(limits), limits);
            return open(limits);
        }

        private RevisionEndpoint serve(LogRevisionStore store, HistoryLimits limits) {
            return await(HazelcastOverLogStore.serve(present(owner).vertx(), store, options(limits)));
        }

        private RevisionStore open(HistoryLimits limits) {
            return await(HazelcastOverLogStore.open(present(other).vertx(), options(limits)));
        }

        private BusOptions options(HistoryLimits limits) {
            return new BusOptions().setAddress(address).setMaxValueBytes(limits.maxValueBytes());
        }

        private void away() {
            if (endpoint != null) {
                await(endpoint.close());
            }
        }

        @Override
        public void close() {
            away();
            log.close();
        }
    }
}
