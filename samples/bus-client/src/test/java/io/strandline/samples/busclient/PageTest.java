package io.strandline.samples.busclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.strandline.testkit.Chromium;
import io.strandline.testkit.ChromiumPage;
import io.strandline.testkit.FreePort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the sample in a real browser. */
class PageTest {

    private static final String LIVE = "document.getElementById('state').textContent === 'live'";

    private static @Nullable Chromium browser;

    @TempDir
    Path directory;

    private Vertx vertx = Vertx.vertx();
    private int port;

    @BeforeAll
    static void startBrowser() throws IOException {
        assumeTrue(Chromium.isInstalled(), "Chromium is not installed");
        browser = Chromium.start();
    }

    @AfterAll
    static void endBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        port = FreePort.next();
        serve();
    }

    private void serve() throws Exception {
        get(vertx.deployVerticle(new WeatherServer(directory.resolve("log").toString(), port)));
    }

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private void measure(String city, double degrees) throws Exception {
        JsonObject event = new JsonObject().put("city", city).put("degrees", degrees);
        JsonObject request = new JsonObject()
                .put("stream", "weather/temperatures")
                .put(
                        "events",
                        new JsonArray().add(new JsonObject().put("key", city).put("event", event)));
        get(vertx.eventBus().request("strandline.weather.appendEvents", request));
    }

    private ChromiumPage open() throws IOException {
        return Objects.requireNonNull(browser).open("http://127.0.0.1:" + port);
    }

    private static String shows(String... degrees) {
        StringBuilder condition = new StringBuilder("true");
        for (String each : degrees) {
            condition
                    .append(" && document.getElementById('cities').textContent.includes('")
                    .append(each)
                    .append(" °C')");
        }
        return condition.toString();
    }

    @Test
    void the_page_shows_each_event_once_also_after_a_restart() throws Exception {
        measure("Oslo", 4);
        measure("Lisbon", 19.5);
        try (ChromiumPage page = open()) {
            page.until(LIVE + " && " + shows("4.0", "19.5"));
            assertThat(page.texts("#cities b")).containsExactlyInAnyOrder("Oslo", "Lisbon");
            measure("Oslo", 4.5);
            page.until(shows("4.5", "19.5"));
            assertThat(page.texts("#count")).containsExactly("3");

            get(vertx.close());
            page.until("document.getElementById('state').textContent === 'connecting'");
            vertx = Vertx.vertx();
            serve();
            measure("Oslo", 5.5);
            measure("Lisbon", 20.5);
            page.until(LIVE + " && " + shows("5.5", "20.5"));
            assertThat(page.texts("#count")).containsExactly("5");
            assertThat(page.texts("#cities b")).containsExactlyInAnyOrder("Oslo", "Lisbon");
        }
    }

    @Test
    void a_lost_connection_leaves_no_timer_behind() throws Exception {
        try (ChromiumPage page = open()) {
            page.until(LIVE);
            assertThat(page.evaluate("""
                    (async () => {
                      const {Bus, subscribe} = await import('/bus.js');
                      const timers = new Set();
                      const [set, clear] = [setInterval, clearInterval];
                      window.setInterval = (...call) => {
                        const timer = set(...call);
                        timers.add(timer);
                        return timer;
                      };
                      window.clearInterval = timer => {
                        timers.delete(timer);
                        clear(timer);
                      };
                      const bus = new Bus(`ws://${location.host}/eventbus/websocket`);
                      await bus.open;
                      await subscribe(bus, 'weather', 'weather/temperatures', 'start', () => {});
                      const running = timers.size;
                      bus.close();
                      await bus.closed;
                      return [running, timers.size];
                    })()""")).isEqualTo(new JsonArray().add(2).add(0));
        }
    }
}
