package io.strandline.log;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.readAll;
import static io.strandline.log.Applications.writer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineVerticle;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class StrandlineVerticleTest {

    private static final String VERTICLE = "java:io.strandline.StrandlineVerticle";

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private JsonObject config() {
        return new JsonObject().put("address", "file:" + directory.resolve("data"));
    }

    private Future<String> deploy(JsonObject config) {
        return vertx.deployVerticle(VERTICLE, new DeploymentOptions().setConfig(config));
    }

    @Test
    void opens_the_log_for_the_others_and_closes_it_when_it_is_undeployed() {
        String id = get(deploy(config().put("name", "orders").put("options", new JsonObject().put("shards", 1))));
        Strandline log = get(StrandlineVerticle.log(vertx, "orders"));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream("shop/orders", new StreamOptions().setPartitions(3)));
        assertThat(get(log.catalog().describe("shop/orders")).partitions())
                .allMatch(partition -> partition.shard() == 0);
        Future<?> appended = Applications.start(Applications.newContext(vertx), () -> log.createWriter(
                        "shop/orders", io.strandline.EventCodec.raw(), new WriterOptions())
                .compose(writer -> writer.append("a", Buffer.buffer("tea"))));
        get(appended);

        get(vertx.undeploy(id));
        assertThat(failure(log.catalog().scopes())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failure(StrandlineVerticle.log(vertx, "orders")))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("orders");

        get(deploy(config()));
        assertThat(get(readAll(vertx, get(StrandlineVerticle.log(vertx)), "shop/orders")))
                .hasSize(1);
    }

    @Test
    void a_log_may_be_given_to_the_constructor_and_a_name_to_the_configuration() {
        String address = "file:" + directory.resolve("data");
        StrandlineVerticle verticle = new StrandlineVerticle(address, new LogOptions().setShards(1));
        get(vertx.deployVerticle(verticle, new DeploymentOptions().setConfig(new JsonObject().put("name", "orders"))));
        Strandline log = get(StrandlineVerticle.log(vertx, "orders"));
        get(log.catalog()
                .createStream(
                        "shop/orders", new StreamOptions().setPartitions(3).setCreateScope(true)));
        assertThat(get(log.catalog().describe("shop/orders")).partitions())
                .allMatch(partition -> partition.shard() == 0);

        assertThat(failure(vertx.deployVerticle(
                        new StrandlineVerticle("memory:"),
                        new DeploymentOptions().setConfig(new JsonObject().put("address", "memory:")))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("address");
        assertThatThrownBy(() -> new StrandlineVerticle(" ")).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void who_asks_while_the_log_is_being_opened_gets_it_when_it_is_open() {
        Future<String> deployed = deploy(config());
        Future<Strandline> asked = Applications.start(
                Applications.newContext(vertx), () -> whenRegistered(StrandlineVerticle.DEFAULT_NAME));
        assertThat(get(get(asked).catalog().scopes())).isEmpty();
        get(deployed);
    }

    /** The name is taken when the verticle starts, which is before the log is open. */
    private Future<Strandline> whenRegistered(String name) {
        return StrandlineVerticle.log(vertx, name)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? vertx.timer(1).compose(again -> whenRegistered(name))
                        : Future.failedFuture(cause));
    }

    @Test
    void a_name_that_is_taken_is_refused_and_its_log_goes_on() {
        get(deploy(config()));
        Throwable refused = failure(deploy(new JsonObject().put("address", "file:" + directory.resolve("other"))));
        assertThat(refused).isInstanceOf(StrandlineException.Conflict.class).hasMessageContaining("\"strandline\"");
        assertThat(get(get(StrandlineVerticle.log(vertx)).catalog().scopes())).isEmpty();
        get(deploy(new JsonObject().put("name", "second").put("address", "file:" + directory.resolve("other"))));
    }

    @Test
    void more_than_one_instance_is_refused_and_leaves_nothing_open() {
        Throwable refused = failure(vertx.deployVerticle(
                VERTICLE, new DeploymentOptions().setConfig(config()).setInstances(2)));
        assertThat(refused).isInstanceOf(StrandlineException.Conflict.class);
        get(deploy(config()));
    }

    static Stream<Arguments> badConfigurations() {
        JsonObject good = new JsonObject().put("address", "file:unused");
        return Stream.of(
                Arguments.of(new JsonObject(), "no address"),
                Arguments.of(new JsonObject().put("address", ""), "no address"),
                Arguments.of(new JsonObject().put("address", 7), "address is 7, it must be a text"),
                Arguments.of(new JsonObject().put("address", "carrier-pigeon:coop"), "no engine serves address"),
                Arguments.of(good.copy().put("adress", "file:x"), "\"adress\""),
                Arguments.of(good.copy().put("name", true), "name is true, it must be a text"),
                Arguments.of(good.copy().put("options", "fast"), "options is fast, it must be an object"),
                Arguments.of(withOption("shards", "four"), "shards is four, it must be a whole number"),
                Arguments.of(withOption("shards", 1.5), "shards is 1.5, it must be a whole number"),
                Arguments.of(withOption("shards", 65), "shards is 65, it must be 0 to 64"),
                Arguments.of(withOption("queuedBytes", 1L << 40), "queuedBytes is 1099511627776, it must be"),
                Arguments.of(withOption("tailBytes", 1e300), "tailBytes is 1.0E300, it must be a whole number"),
                Arguments.of(withOption("maxEventBytes", new JsonObject()), "maxEventBytes is {}, it must be"));
    }

    private static JsonObject withOption(String key, Object value) {
        return new JsonObject().put("address", "file:unused").put("options", new JsonObject().put(key, value));
    }

    @ParameterizedTest
    @MethodSource("badConfigurations")
    void a_bad_configuration_is_invalid_and_leaves_the_name_free(JsonObject config, String message) {
        assertThat(failure(deploy(config)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(message);
        assertThat(vertx.deploymentIDs()).isEmpty();
        get(deploy(config()));
    }

    @Test
    void a_log_that_another_holds_is_unavailable_and_leaves_the_name_free() {
        Strandline holder = get(Strandline.open(vertx, config().getString("address")));
        assertThat(failure(deploy(config()))).isInstanceOf(StrandlineException.Unavailable.class);
        get(holder.close());
        get(deploy(config()));
        assertThat(writer(
                        Applications.newContext(vertx),
                        prepared(get(StrandlineVerticle.log(vertx))),
                        "shop/orders",
                        new WriterOptions()))
                .isNotNull();
    }

    private static Strandline prepared(Strandline log) {
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream("shop/orders", new StreamOptions()));
        return log;
    }
}
