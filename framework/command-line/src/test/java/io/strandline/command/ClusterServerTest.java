package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Member;
import io.strandline.StrandlineException;
import io.strandline.command.setting.Configuration;
import io.strandline.command.setting.Waiting;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that is a member of a cluster, and verticles of another member that use its log. */
class ClusterServerTest {

    private static final String STREAM = "shop/orders";

    private final String cluster = UUID.randomUUID().toString();

    @TempDir
    Path directory;

    private ServerParts parts(String... more) {
        List<String> arguments = new ArrayList<>(List.of("tcp.port=0", "rest.port=0", "cluster.name=" + cluster));
        arguments.addAll(List.of(more));
        return ServerParts.of(Configuration.none(Map.of()), arguments);
    }

    private RunningServer start(ServerParts parts) {
        return RunningServer.start(directory.resolve("data"), parts);
    }

    private static JsonObject create() {
        return new JsonObject().put("stream", STREAM).put("options", new JsonObject().put("createScope", true));
    }

    private static JsonObject order(int number) {
        JsonObject event = new JsonObject().put("key", "anna").put("event", number);
        return new JsonObject().put("stream", STREAM).put("events", new JsonArray().add(event));
    }

    private static JsonObject call(OtherMember member, String operation, JsonObject request, DeliveryOptions options) {
        return Waiting.of(member.vertx()
                .eventBus()
                .<JsonObject>request("strandline.shop." + operation, request, options)
                .map(Message::body));
    }

    private static JsonObject call(OtherMember member, String operation, JsonObject request) {
        return call(member, operation, request, new DeliveryOptions());
    }

    @Test
    void another_member_appends_and_reads_over_the_event_bus() {
        RunningServer server = start(parts("cluster.port=0").named("shop"));
        OtherMember other = OtherMember.join(cluster, String.valueOf(server.cluster()));
        try {
            call(other, "createStream", create());
            for (int i = 0; i < 3; i++) {
                assertThat(call(other, "appendEvents", order(i)).getJsonArray("appended"))
                        .hasSize(1);
            }
            JsonObject page = call(other, "readEvents", new JsonObject().put("stream", STREAM));
            assertThat(page.getJsonArray("events").stream()
                            .map(event -> ((JsonObject) event).getInteger("event"))
                            .toList())
                    .containsExactly(0, 1, 2);
            server.stop();
            assertThatThrownBy(() -> call(other, "appendEvents", order(3)))
                    .isInstanceOfSatisfying(ReplyException.class, failure -> assertThat(failure.failureType())
                            .isEqualTo(ReplyFailure.NO_HANDLERS));
        } finally {
            other.close();
            server.stop();
        }
    }

    @Test
    void another_member_does_what_its_credentials_permit() throws IOException {
        String key = file("key", "a secret that has more than thirty-two characters\n");
        String rules = file("rules", "user:anna ADMIN stream:shop/*\nuser:anna ADMIN scope:shop\n");
        RunningServer server = start(parts(
                        "cluster.port=0",
                        "security.rulesFile=" + rules,
                        "security.audit=false",
                        "security.tokens.keyFiles=" + key)
                .named("shop"));
        OtherMember other = OtherMember.join(cluster, String.valueOf(server.cluster()));
        try {
            assertThatThrownBy(() -> call(other, "createStream", create())).hasMessageContaining("unauthorized");
            String token = Ran.with(Map.of(), "token", "issue", "anna", "--key", key, "--seconds=600")
                    .out()
                    .strip();
            DeliveryOptions anna = new DeliveryOptions().addHeader("Authorization", "Bearer " + token);
            call(other, "createStream", create(), anna);
            assertThat(call(other, "appendEvents", order(1), anna).getJsonArray("appended"))
                    .hasSize(1);
        } finally {
            other.close();
            server.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_server_joins_the_members_that_are_there(boolean lite) {
        OtherMember other = OtherMember.first(cluster);
        RunningServer server =
                start(parts("cluster.port=0", "cluster.members=" + other.place(), "cluster.lite=" + lite));
        try {
            assertThat(other.hazelcast().getCluster().getMembers().stream()
                            .filter(member -> !member.localMember())
                            .map(Member::isLiteMember)
                            .toList())
                    .containsExactly(lite);
            assertThat(Waiting.of(other.vertx()
                                    .eventBus()
                                    .<JsonObject>request("strandline.log.scopes", new JsonObject()))
                            .body()
                            .getJsonArray("scopes"))
                    .isEmpty();
        } finally {
            server.stop();
            other.close();
        }
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    @Test
    void a_server_is_in_no_cluster_unless_it_is_given_a_port() {
        RunningServer server = start(parts("cluster.members=127.0.0.1:1"));
        try {
            assertThat(server.cluster()).isNull();
            assertThat(server.addresses()).hasSize(2);
        } finally {
            server.stop();
        }
    }

    @Test
    void an_address_that_other_machines_reach_is_refused() {
        assertThatThrownBy(() -> start(parts("cluster.port=0", "cluster.host=192.0.2.1")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("cluster.host is 192.0.2.1")
                .hasMessageContaining("set insecure");
        assertThatThrownBy(() -> start(parts("cluster.port=0", "cluster.host=0.0.0.0", "cluster.insecure=true")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("the address at which other members find this one");
        assertThat(Ran.with(
                                Map.of("STRANDLINE_CLUSTER_HOST", "192.0.2.1"),
                                "server",
                                "--data",
                                directory.resolve("data").toString(),
                                "--cluster-port=0")
                        .err())
                .startsWith("Invalid: cluster.host is 192.0.2.1");
    }

    @Test
    void what_cannot_be_is_refused() throws IOException {
        assertThatThrownBy(() -> parts("cluster.port=0", "cluster.members=here"))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("members has here");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(parts("cluster.port=" + taken.getLocalPort())))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
        }
        start(parts()).stop(); // nothing has the log
    }
}
