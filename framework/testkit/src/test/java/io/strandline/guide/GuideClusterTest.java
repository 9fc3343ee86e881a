package io.strandline.guide;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.server.Certificates;
import io.strandline.testkit.sync.HazelcastMember;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBusOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the guide's example of an event bus that is encrypted between the members of a cluster. */
class GuideClusterTest {

    /** For what is not answered, however long one waits. */
    private static final DeliveryOptions BOUNDED = new DeliveryOptions().setSendTimeout(3_000);

    private final List<HazelcastMember> members = new ArrayList<>();
    private final Queue<Object> heard = new ConcurrentLinkedQueue<>();

    @TempDir
    Path directory;

    @AfterEach
    void close() {
        // The first one is where the others have found the cluster.
        for (int i = members.size() - 1; i >= 0; i--) {
            members.get(i).close();
        }
    }

    private EventBusOptions bus(String name) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        new Certificates(own).make("member", "CN=" + name);
        Files.copy(own.resolve("member.pem"), own.resolve("members-ca.pem"));
        return Encrypting.encrypted(own.toString()).getEventBusOptions();
    }

    private Vertx join(EventBusOptions bus) {
        HazelcastMember member =
                members.isEmpty() ? HazelcastMember.first(bus) : members.get(0).another(bus);
        members.add(member);
        return member.vertx();
    }

    private void listen(Vertx vertx, String address) {
        get(vertx.eventBus()
                .consumer(address, message -> {
                    heard.add(message.body());
                    message.reply("by " + address);
                })
                .completion());
    }

    @Test
    void members_talk_to_each_other_and_to_nobody_else() throws IOException {
        EventBusOptions trusted = bus("members");
        Vertx first = join(new EventBusOptions(trusted));
        Vertx second = join(new EventBusOptions(trusted));
        Vertx stranger = join(bus("strangers").setTrustAll(true));
        listen(first, "first");
        listen(stranger, "stranger");
        assertThat(failure(request(stranger, "first", BOUNDED))).isNotNull();
        assertThat(failure(request(second, "stranger", BOUNDED))).isNotNull();
        assertThat(heard).isEmpty();
        assertThat(get(request(second, "first", new DeliveryOptions()))).isEqualTo("by first");
        assertThat(heard).containsExactly("for first");
    }

    private static Future<Object> request(Vertx from, String address, DeliveryOptions options) {
        return from.eventBus().request(address, "for " + address, options).map(reply -> reply.body());
    }
}
