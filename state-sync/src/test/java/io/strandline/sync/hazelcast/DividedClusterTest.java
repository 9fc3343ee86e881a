package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two halves of a cluster that go on by themselves and meet again. */
@ExtendWith(VertxExtension.class)
class DividedClusterTest {

    private static final StreamName HIGHER_HERE = new StreamName("divided", "higher-here");
    private static final StreamName HIGHER_THERE = new StreamName("divided", "higher-there");
    private static final StreamName ONLY_THERE = new StreamName("divided", "only-there");

    private final List<DiscoveryNode> visible = new CopyOnWriteArrayList<>();
    private final Promise<Void> merged = Promise.promise();
    private final String cluster = UUID.randomUUID().toString();
    private final List<HazelcastInstance> halves = new ArrayList<>();
    private final Vertx vertx;

    DividedClusterTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @AfterEach
    void stop() {
        halves.forEach(half -> half.getLifecycleService().terminate());
    }

    @Test
    void the_higher_history_of_each_name_stands_and_the_half_that_takes_over_is_told() {
        RevisionStore here = half();
        RevisionStore there = half();
        append(here, HIGHER_HERE, 5);
        append(there, HIGHER_HERE, 3);
        append(here, HIGHER_THERE, 3);
        append(there, HIGHER_THERE, 5);
        append(there, ONLY_THERE, 1);
        Position higherHere = newest(here, HIGHER_HERE);
        Position higherThere = newest(there, HIGHER_THERE);
        Position onlyThere = newest(there, ONLY_THERE);
        Promise<Void> toldHere = told(here, HIGHER_THERE, higherThere);
        Promise<Void> toldThere = told(there, HIGHER_HERE, higherHere);

        halves.forEach(half -> visible.add(
                new SimpleDiscoveryNode(half.getCluster().getLocalMember().getAddress())));
        await(merged.future());

        for (RevisionStore store : List.of(here, there)) {
            assertThat(newest(store, HIGHER_HERE)).isEqualTo(higherHere);
            assertThat(newest(store, HIGHER_THERE)).isEqualTo(higherThere);
            assertThat(newest(store, ONLY_THERE)).isEqualTo(onlyThere);
        }
        // Hazelcast decides which half merges into the other.
        await(Future.any(toldHere.future(), toldThere.future()));
    }

    private RevisionStore half() {
        HazelcastInstance half = Hazelcast.newHazelcastInstance(config());
        half.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.MERGED) {
                merged.tryComplete();
            }
        });
        halves.add(half);
        return await(HazelcastRevisionStore.open(vertx, half, HistoryLimits.DEFAULT));
    }

    private Config config() {
        Config config = new HazelcastSyncConfig()
                .setMinMembers(1)
                .applyTo(Member.loopback().setClusterName(cluster));
        config.setProperty("hazelcast.discovery.enabled", "true")
                .setProperty("hazelcast.merge.first.run.delay.seconds", "1")
                .setProperty("hazelcast.merge.next.run.delay.seconds", "1");
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(false);
        config.getNetworkConfig()
                .getJoin()
                .getDiscoveryConfig()
                .addDiscoveryStrategyConfig(new DiscoveryStrategyConfig(new WhoIsVisible(visible)));
        return config;
    }

    private static void append(RevisionStore store, StreamName name, int revisions) {
        UUID writer = UUID.randomUUID();
        List<Revision> next = new ArrayList<>();
        for (int number = 1; number <= revisions; number++) {
            Position position = new Position(number, new AppendId(writer, number));
            next.add(new Revision(position, Revision.Form.CHANGE, new byte[] {(byte) number}));
        }
        assertThat(await(store.append(name, Position.NONE, next))).isInstanceOf(AppendAnswer.Appended.class);
    }

    private static Promise<Void> told(RevisionStore store, StreamName name, Position expected) {
        Promise<Void> told = Promise.promise();
        await(store.watch(name, () -> store.readNews(name, Position.NONE).onSuccess(missed -> {
            if (missed.newest().equals(expected)) {
                told.tryComplete();
            }
        })));
        return told;
    }

    private static Position newest(RevisionStore store, StreamName name) {
        return await(store.readSince(name, Position.NONE)).newest();
    }

    /** Finds the members that the test lets see each other. */
    private record WhoIsVisible(List<DiscoveryNode> visible) implements DiscoveryStrategyFactory {

        @Override
        public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
            return Strategy.class;
        }

        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public DiscoveryStrategy newDiscoveryStrategy(DiscoveryNode self, ILogger log, Map<String, Comparable> unused) {
            return new Strategy(log, visible);
        }

        @Override
        public Collection<PropertyDefinition> getConfigurationProperties() {
            return List.of();
        }
    }

    private static final class Strategy extends AbstractDiscoveryStrategy {

        private final List<DiscoveryNode> visible;

        Strategy(ILogger log, List<DiscoveryNode> visible) {
            super(log, Map.of());
            this.visible = visible;
        }

        @Override
        public Iterable<DiscoveryNode> discoverNodes() {
            return visible;
        }
    }
}
