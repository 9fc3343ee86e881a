package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.strandline.StrandlineException;
import io.strandline.log.Applications;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.testkit.Chromium;
import io.strandline.testkit.ChromiumPage;
import io.strandline.testkit.FreePort;
import io.vertx.core.Future;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages in a real browser, which others wrote, use a log over HTTP as the guide says: they come from a server that passes what they ask for on to
 * the REST server. A page notes what it sees as items of a list, each of a class.
 */
class GuidePagesTest extends GuideLog {

    private static final String EVENTS = "/v1/scopes/shop/streams/orders/events";

    private static final Pattern FOLLOW =
            Pattern.compile("<!-- page: rest-follow -->\\n```js\\n(.*?)\\n```\\n", Pattern.DOTALL);

    private static final String PAGE = """
            <!doctype html>
            <meta charset="utf-8">
            <title>orders</title>
            <body>
            <script>
            const events = '%s';

            function note(kind, text) {
              const item = document.createElement('li');
              item.className = kind;
              item.textContent = text;
              document.body.append(item);
            }

            // What an EventSource sees on its own.
            function subscribe(from) {
              const source = new EventSource(`${events}?from=${from}`);
              source.onopen = () => note('open-' + from, '');
              source.onmessage = ({data}) => note(from, JSON.parse(data).event.number);
              source.onerror = () => note('error-' + from, source.readyState);
            }

            async function read(authorization) {
              const headers = {Accept: 'application/x-ndjson', Authorization: authorization};
              const answer = await fetch(events + '?follow=true', {headers});
              note('status', answer.status);
              let rest = '';
              for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
                const lines = (rest + text).split('\\n');
                rest = lines.pop();
                lines.filter(line => line).forEach(line => note('line', JSON.parse(line).event.number));
              }
            }

            async function append(number) {
              const headers = {'Content-Type': 'application/json', Authorization: 'Bearer anna'};
              const body = JSON.stringify({key: 'anna', event: {number}});
              return (await fetch(events, {method: 'POST', headers, body})).status;
            }

            // The guide's function.
            %s
            </script>
            """;

    private static @Nullable Chromium browser;

    private final Queue<HttpConnection> connections = new ConcurrentLinkedQueue<>();
    private final Queue<String> resumed = new ConcurrentLinkedQueue<>();
    private final Queue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final HttpClient client = vertx.createHttpClient();
    private int restPort;
    private RestServer rest;
    private String site;

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
    void serve() throws IOException {
        restPort = FreePort.next();
        rest = listen(ServedLog.of("shop", log));
        site = serve(rest);
    }

    private RestServer listen(ServedLog served) {
        return run(() -> RestServer.listen(vertx, served, new RestOptions().setPort(restPort)));
    }

    /** Serves the page, and passes on what it asks of a REST server. */
    private String serve(RestServer behind) throws IOException {
        Matcher follow = FOLLOW.matcher(Files.readString(Path.of("../GUIDE.md")));
        assertThat(follow.find()).isTrue();
        String page = PAGE.formatted(EVENTS, follow.group(1));
        Router router = Router.router(vertx);
        router.get("/page").handler(routing -> routing.response()
                .putHeader("Content-Type", "text/html")
                .end(page));
        router.route("/v1/*")
                .handler(BodyHandler.create(false))
                .handler(this::observe)
                .handler(Web.passOn(vertx, behind, GuidePagesTest::credentials));
        int port = FreePort.next();
        run(() -> vertx.createHttpServer()
                .connectionHandler(connections::add)
                .requestHandler(router)
                .listen(port, "127.0.0.1"));
        return "http://127.0.0.1:" + port;
    }

    private void observe(RoutingContext routing) {
        String after = routing.request().getHeader("Last-Event-ID");
        if (after != null) {
            resumed.add(after);
        }
        routing.addHeadersEndHandler(head -> answers.add(routing.response().getStatusCode()));
        routing.next();
    }

    /** Those of the session, or what the page itself has sent. */
    private static String credentials(RoutingContext routing) {
        Cookie session = routing.request().getCookie("session");
        String shown = routing.request().getHeader("Authorization");
        return session != null ? "Bearer " + session.getValue() : shown != null ? shown : "";
    }

    private void append(int from, int to) {
        JsonArray events = new JsonArray();
        for (int number = from; number < to; number++) {
            events.add(new JsonObject()
                    .put("key", "key" + number % 5)
                    .put("event", new JsonObject().put("number", number)));
        }
        int status = run(() -> client.request(HttpMethod.POST, restPort, "127.0.0.1", EVENTS)
                .compose(request ->
                        request.putHeader("Content-Type", "application/json").send(events.toBuffer()))
                .map(HttpClientResponse::statusCode));
        assertThat(status).isEqualTo(200);
    }

    private ChromiumPage open() throws IOException {
        return Objects.requireNonNull(browser).open(site + "/page");
    }

    private static String atLeast(int count, String kind) {
        return "document.querySelectorAll('." + kind + "').length >= " + count;
    }

    /** Each once, and those of a key in their order. */
    private static void requireAll(int from, int to, List<String> seen) {
        List<Integer> numbers = seen.stream().map(Integer::valueOf).toList();
        assertThat(numbers)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(from, to).boxed().toList());
        for (int key = 0; key < 5; key++) {
            int ofKey = key;
            assertThat(numbers.stream().filter(number -> number % 5 == ofKey)).isSorted();
        }
    }

    @Test
    void an_event_source_goes_on_where_its_connection_was_cut() throws IOException {
        append(0, 10);
        try (ChromiumPage page = open()) {
            page.evaluate("subscribe('start')");
            page.evaluate("subscribe('end')");
            page.until(atLeast(10, "start") + " && " + atLeast(1, "open-end"));
            connections.forEach(HttpConnection::close);
            append(10, 15);
            page.until(atLeast(15, "start") + " && " + atLeast(5, "end"));
            append(15, 16);
            page.until(atLeast(16, "start") + " && " + atLeast(6, "end"));
            requireAll(0, 16, page.texts(".start"));
            requireAll(10, 16, page.texts(".end"));
            assertThat(resumed).hasSize(2);
        }
    }

    @Test
    void the_function_of_the_guide_goes_on_after_a_restart() throws IOException {
        append(0, 10);
        try (ChromiumPage page = open()) {
            page.evaluate("follow(events, 'start', ({event}) => note('event', event.number))");
            page.until(atLeast(10, "event"));
            get(rest.close());
            Applications.until(vertx, "an answer that ends an EventSource", () -> answers.contains(502));
            listen(ServedLog.of("shop", log));
            append(10, 15);
            page.until(atLeast(15, "event"));
            append(15, 16);
            page.until(atLeast(16, "event"));
            requireAll(0, 16, page.texts(".event"));
        }
    }

    @Test
    void a_page_shows_its_credentials_or_has_a_session() throws IOException {
        append(0, 1);
        get(rest.close());
        Security security = Security.of(
                shown -> shown.authorization().filter("Bearer anna"::equals).isPresent()
                        ? Future.succeededFuture(Identity.of("anna", List.of()))
                        : Future.failedFuture(new StrandlineException.Unauthorized("not valid")),
                (who, needed, resource) -> Future.succeededFuture(true),
                new SecurityOptions().setAudit(false));
        listen(ServedLog.of("shop", log).secured(security));
        try (ChromiumPage page = open()) {
            page.evaluate("void read('')");
            page.evaluate("subscribe('start')");
            page.until(atLeast(1, "status") + " && " + atLeast(1, "error-start"));
            assertThat(page.texts(".status")).containsExactly("401");
            assertThat(page.texts(".error-start")).as("it has given up").containsExactly("2");

            page.evaluate("void read('Bearer anna')");
            page.until(atLeast(1, "line"));
            assertThat(page.evaluate("append(1)")).isEqualTo(200);
            page.until(atLeast(2, "line"));
            assertThat(page.texts(".line")).containsExactly("0", "1");

            page.evaluate("document.cookie = 'session=anna; SameSite=Strict'");
            page.evaluate("subscribe('start')");
            page.until(atLeast(2, "start"));
            requireAll(0, 2, page.texts(".start"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost"})
    void a_page_of_another_address_reads_nothing_and_changes_nothing(String host) throws IOException {
        try (ChromiumPage page = open()) {
            String there = "http://" + host + ":" + restPort;
            String post = "fetch('" + there + "/v1/transactions', {method: 'POST', mode: 'no-cors'})";
            assertThat(page.evaluate(post + ".then(() => 'answered')")).isEqualTo("answered");
            assertThat(get(log.transactions().unfinished())).isEmpty();
            String read = "fetch('" + there + "/v1/scopes')";
            assertThat(page.evaluate(read + ".then(() => 'read', () => 'refused')"))
                    .isEqualTo("refused");
        }
    }
}
