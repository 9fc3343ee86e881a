package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which Hazelcast instances the store is opened on. */
@ExtendWith(VertxExtension.class)
class RefusedInstanceTest {

    private final List<HazelcastInstance> started = new ArrayList<>();
    private final Vertx vertx;

    RefusedInstanceTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @AfterEach
    void stop() {
        started.forEach(instance -> instance.getLifecycleService().terminate());
    }

    @Test
    void an_instance_without_the_configuration_is_refused_with_the_remedy() {
        assertThat(failureOf(open(start(Member.loopback()))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("no map strandline.sync", "HazelcastSyncConfig", "before");
    }

    @Test
    void a_member_without_the_configuration_is_named_and_a_lite_one_needs_none() {
        HazelcastInstance configured = start(alone(Member.loopback()));
        start(Member.loopbackNextTo(configured).setLiteMember(true));
        await(open(configured));

        HazelcastInstance bare = start(Member.loopbackNextTo(configured));
        assertThat(failureOf(open(configured)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll(
                        bare.getCluster().getLocalMember().getAddress().toString(), "HazelcastSyncConfig");
    }

    @Test
    void a_member_without_the_configuration_that_joins_later_stops_the_store_until_it_leaves() {
        HazelcastInstance configured = start(alone(Member.loopback()));
        HazelcastRevisionStore store = await(open(configured));
        StreamName name = new StreamName("late", "state");
        Position first = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        List<Revision> next = List.of(new Revision(first, Revision.Form.CHANGE, new byte[] {1}));
        await(store.append(name, Position.NONE, next));

        HazelcastInstance bare = start(Member.loopbackNextTo(configured));
        for (Future<?> call : List.of(
                store.append(name, Position.NONE, next),
                store.readSince(name, Position.NONE),
                store.readNews(name, Position.NONE),
                store.compact(name, new Revision(first, Revision.Form.WHOLE, new byte[1])))) {
            assertThat(failureOf(call))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContainingAll(
                            bare.getCluster().getLocalMember().getAddress().toString(), "HazelcastSyncConfig");
        }
        CountDownLatch left = new CountDownLatch(1);
        configured.getCluster().addMembershipListener(new MembershipAdapter() {
            @Override
            public void memberRemoved(MembershipEvent event) {
                left.countDown();
            }
        });
        bare.shutdown();
        await(left);
        assertThat(await(store.readSince(name, Position.NONE)).newest()).isEqualTo(first);
    }

    @Test
    void a_lite_member_opens_the_store_of_the_others() {
        HazelcastInstance data = start(alone(Member.loopback()));
        HazelcastInstance lite = start(alone(Member.loopbackNextTo(data)).setLiteMember(true));
        StreamName name = new StreamName("lite", "state");
        Position first = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        Revision revision = new Revision(first, Revision.Form.CHANGE, new byte[] {1});
        HazelcastRevisionStore store = await(open(lite));
        assertThat(await(store.append(name, Position.NONE, List.of(revision))))
                .isInstanceOf(AppendAnswer.Appended.class);
        HazelcastRevisionStore other = await(open(data));
        assertThat(await(other.readSince(name, Position.NONE)).newest()).isEqualTo(first);
    }

    @Test
    void a_client_is_refused() {
        HazelcastInstance member = start(alone(Member.loopback()));
        var address = member.getCluster().getLocalMember().getAddress();
        ClientConfig config = new ClientConfig()
                .setClusterName(member.getConfig().getClusterName())
                .setProperty("hazelcast.logging.type", "slf4j");
        config.getNetworkConfig().addAddress("127.0.0.1:" + address.getPort());
        HazelcastInstance client = HazelcastClient.newHazelcastClient(config);
        try {
            assertThat(failureOf(open(client)))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("is a client");
        } finally {
            client.shutdown();
        }
    }

    @Test
    void an_instance_that_does_not_run_is_unavailable() {
        HazelcastInstance member = start(alone(Member.loopback()));
        HazelcastRevisionStore store = await(open(member));
        member.shutdown();
        StreamName name = new StreamName("stopped", "state");
        assertThat(failureOf(open(member))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failureOf(store.readSince(name, Position.NONE))).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failureOf(store.watch(name, () -> {}))).isInstanceOf(StrandlineException.Unavailable.class);
    }

    private static Config alone(Config config) {
        return new HazelcastSyncConfig().setMinMembers(1).applyTo(config);
    }

    private HazelcastInstance start(Config config) {
        HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
        started.add(instance);
        return instance;
    }

    private Future<HazelcastRevisionStore> open(HazelcastInstance instance) {
        return HazelcastRevisionStore.open(vertx, instance, HistoryLimits.DEFAULT);
    }
}
