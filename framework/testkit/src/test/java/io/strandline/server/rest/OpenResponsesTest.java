package io.strandline.server.rest;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StreamDescription;
import io.strandline.server.RestOptions;
import io.strandline.server.rest.Http.Response;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Responses and requests that stay open: subscriptions, long polls, and appends in one request. */
class OpenResponsesTest {

    private static final String EVENTS = ServedShop.AT + "/events";
    private static final String LINES = "application/x-ndjson";

    private ServedShop shop = new ServedShop(new RestOptions().setHeartbeatMillis(100));

    @AfterEach
    void close() {
        shop.close();
    }

    /** What an open response has sent. */
    private static final class Received {
        private final List<String> ids = new ArrayList<>();
        private final List<JsonObject> events = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private final AtomicReference<HttpClientRequest> request = new AtomicReference<>();
        private boolean hasEnded;

        /** Leaves without reading on. */
        void leave() {
            Objects.requireNonNull(request.get()).reset();
        }

        synchronized void take(Buffer bytes) {
            text.append(bytes);
            for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
                String line = text.substring(0, end);
                text.delete(0, end + 1);
                if (line.startsWith("id: ")) {
                    ids.add(line.substring(4));
                } else if (line.startsWith("data: ")) {
                    events.add(new JsonObject(line.substring(6)));
                } else if (line.startsWith("{")) {
                    events.add(new JsonObject(line));
                }
            }
        }

        synchronized int count() {
            return events.size();
        }

        synchronized List<Integer> counts() {
            return events.stream()
                    .map(event -> event.getJsonObject("event").getInteger("count"))
                    .toList();
        }

        /** The id of an event. That of the beginning came before. */
        synchronized String id(int index) {
            return ids.get(index + 1);
        }

        synchronized boolean hasBegun() {
            return !ids.isEmpty();
        }

        synchronized String beginning() {
            return ids.get(0);
        }

        synchronized void end() {
            hasEnded = true;
        }

        synchronized boolean hasEnded() {
            return hasEnded;
        }
    }

    private Received open(String path, Map<String, String> headers) {
        Received received = new Received();
        // On one context: whoever listens from elsewhere may come too late.
        get(start(newContext(shop.vertx), () -> shop.http
                .client()
                .request(shop.http.options(GET, path))
                .compose(request -> {
                    received.request.set(request);
                    headers.forEach(request::putHeader);
                    return request.send();
                })
                .onSuccess(response -> {
                    assertThat(response.statusCode()).isEqualTo(200);
                    response.handler(received::take);
                    response.endHandler(end -> received.end());
                    response.exceptionHandler(cause -> received.end());
                })));
        return received;
    }

    private void append(int from, int to) {
        List<Object> events = new ArrayList<>();
        for (int i = from; i < to; i++) {
            events.add(ServedShop.order("key" + i % 5, "pen", i));
        }
        Response response = shop.http.json(POST, EVENTS, events);
        assertThat(response.status()).as(response.body().toString()).isEqualTo(200);
    }

    private static List<Integer> upTo(int count) {
        return Stream.iterate(0, i -> i + 1).limit(count).toList();
    }

    // ---- server-sent events

    @Test
    void server_sent_events_resume_after_the_id_that_came_last() {
        shop.createStream(2);
        append(0, 10);
        Map<String, String> accept = Map.of("Accept", "text/event-stream");
        Received first = open(EVENTS, accept);
        until(shop.vertx, "ten events", () -> first.count() == 10);
        append(10, 15);
        until(shop.vertx, "fifteen events", () -> first.count() == 15);
        first.leave();

        // From any event on the rest comes, once.
        for (int i : List.of(0, 7, 14)) {
            Received next = open(EVENTS, Map.of("Accept", "text/event-stream", "Last-Event-ID", first.id(i)));
            append(100 + i, 101 + i);
            int more = i == 0 ? 15 : i == 7 ? 9 : 3;
            until(shop.vertx, more + " events after " + first.id(i), () -> next.count() >= more);
            assertThat(next.counts()).hasSize(more).doesNotHaveDuplicates();
            next.leave();
        }
    }

    @Test
    void a_client_that_is_cut_off_before_its_first_event_goes_on_where_it_began() {
        shop.createStream(2);
        append(0, 10);
        String atTheEnd = EVENTS + "?from=end";
        Received first = open(atTheEnd, Map.of("Accept", "text/event-stream"));
        until(shop.vertx, "the beginning", first::hasBegun);
        first.leave();
        append(10, 15);
        Received next = open(atTheEnd, Map.of("Accept", "text/event-stream", "Last-Event-ID", first.beginning()));
        append(15, 16);
        until(shop.vertx, "what came meanwhile", () -> next.count() >= 6);
        assertThat(next.counts()).containsExactlyInAnyOrder(10, 11, 12, 13, 14, 15);
    }

    @Test
    void server_sent_events_follow_a_scaling() {
        shop.createStream(1);
        append(0, 4);
        Received received = open(EVENTS, Map.of("Accept", "text/event-stream"));
        until(shop.vertx, "four events", () -> received.count() == 4);
        StreamDescription stream = get(shop.log.catalog().describe(ServedShop.STREAM));
        long partition = stream.partitions().get(0).id();
        get(shop.log.catalog().scale(ServedShop.STREAM, Set.of(partition), KeyRange.ALL.halves()));
        append(4, 12);
        until(shop.vertx, "twelve events", () -> received.count() == 12);
        Received resumed = open(EVENTS, Map.of("Accept", "text/event-stream", "Last-Event-ID", received.id(7)));
        until(shop.vertx, "the last four events", () -> resumed.count() == 4);
        assertThat(received.counts()).containsExactlyInAnyOrderElementsOf(upTo(12));
    }

    @Test
    void lines_follow_a_stream() {
        shop.createStream(1);
        append(0, 3);
        Received received = open(EVENTS + "?follow=true", Map.of("Accept", LINES));
        append(3, 6);
        until(shop.vertx, "six events", () -> received.count() == 6);
        assertThat(received.counts()).isEqualTo(upTo(6));
        Received limited = open(EVENTS + "?follow=true&limit=2", Map.of("Accept", LINES));
        until(shop.vertx, "the end", limited::hasEnded);
        assertThat(limited.counts()).isEqualTo(upTo(2));
    }

    @Test
    void a_stream_that_is_deleted_ends_its_responses_with_a_problem() {
        shop.createStream(1);
        append(0, 1);
        Received received = open(EVENTS, Map.of("Accept", "text/event-stream"));
        until(shop.vertx, "an event", () -> received.count() == 1);
        get(shop.log.catalog().deleteStream(ServedShop.STREAM));
        until(shop.vertx, "the end", received::hasEnded);
        assertThat(received.events.get(1).getString("code")).isEqualTo("not_found");
    }

    @Test
    void a_server_that_stops_ends_its_responses() {
        shop.createStream(1);
        Received received = open(EVENTS, Map.of("Accept", "text/event-stream"));
        Future<Void> closed = shop.server.close();
        get(closed);
        until(shop.vertx, "the end", received::hasEnded);
        assertThat(shop.server.connections()).isZero();
    }

    // ---- long polls

    @Test
    void a_long_poll_waits_for_an_event() {
        shop.createStream(1);
        append(0, 2);
        String from = shop.http.get(EVENTS).json().getString("nextFrom");
        Future<Response> waiting = shop.http.send(GET, EVENTS + "?wait=60000&from=" + from, Map.of(), Buffer.buffer());
        append(2, 3);
        JsonObject page = get(waiting).json();
        assertThat(page.getJsonArray("events")).hasSize(1);
        JsonObject none = shop.http
                .get(EVENTS + "?wait=50&from=" + page.getString("nextFrom"))
                .json();
        assertThat(none.getJsonArray("events")).isEmpty();
        assertThat(none.getString("nextFrom")).isEqualTo(page.getString("nextFrom"));
    }

    @Test
    void a_long_poll_ends_when_the_server_stops() {
        shop.createStream(1);
        Future<Response> waiting = shop.http.send(GET, EVENTS + "?wait=60000", Map.of(), Buffer.buffer());
        until(shop.vertx, "a client", () -> shop.server.connections() == 1);
        get(shop.server.close());
        assertThat(waiting.otherwiseEmpty()).isNotNull();
        until(shop.vertx, "the answer", waiting::isComplete);
    }

    // ---- appends in one request

    @Test
    void a_request_that_stays_open_is_answered_batch_by_batch() {
        shop.createStream(1);
        List<JsonObject> answers = new ArrayList<>();
        HttpClientRequest request = openAppend(answers);
        request.write(line(0) + line(1));
        until(shop.vertx, "two events", () -> events(answers) == 2);
        String half = line(2);
        request.write(half.substring(0, 10));
        request.write(half.substring(10) + line(3));
        until(shop.vertx, "four events", () -> events(answers) == 4);
        request.end(line(4).trim());
        until(shop.vertx, "five events", () -> events(answers) == 5);
        assertThat(shop.http.get(EVENTS).json().getJsonArray("events")).hasSize(5);
    }

    @Test
    void a_wrong_line_ends_an_open_request_with_a_problem() {
        shop.createStream(1);
        List<JsonObject> answers = new ArrayList<>();
        HttpClientRequest request = openAppend(answers);
        request.write(line(0));
        until(shop.vertx, "an event", () -> events(answers) == 1);
        request.write("{\"event\": \n");
        until(shop.vertx, "the problem", () -> last(answers).containsKey("problem"));
        assertThat(last(answers).getJsonObject("problem").getInteger("line")).isEqualTo(2);
        assertThat(shop.http.get(EVENTS).json().getJsonArray("events")).hasSize(1);
    }

    @Test
    void a_half_sent_line_times_out() {
        shop.close();
        shop = new ServedShop(new RestOptions().setRequestMillis(2_000));
        shop.createStream(1);
        List<JsonObject> answers = new ArrayList<>();
        HttpClientRequest request = openAppend(answers);
        request.write(line(0) + "{\"event");
        until(shop.vertx, "the problem", () -> last(answers).containsKey("problem"));
        assertThat(last(answers).getJsonObject("problem").getString("code")).isEqualTo("timeout");
        until(shop.vertx, "no connection", () -> shop.server.connections() == 0);
    }

    @Test
    void ten_thousand_events_go_through_one_request() {
        shop.createStream(4);
        List<JsonObject> answers = new ArrayList<>();
        HttpClientRequest request = openAppend(answers);
        int events = 10_000;
        for (int i = 0; i < events; i += 100) {
            StringBuilder lines = new StringBuilder();
            for (int j = i; j < i + 100; j++) {
                lines.append(line(j));
            }
            request.write(lines.toString());
        }
        request.end();
        until(shop.vertx, "all events", () -> events(answers) == events);
        Response lines = shop.http.call(GET, EVENTS, Map.of("Accept", LINES), Buffer.buffer());
        assertThat(lines.body().toString().split("\n")).hasSize(events);
    }

    private static String line(int number) {
        return new JsonObject(ServedShop.order("key" + number % 5, "pen", number)).encode() + "\n";
    }

    private static synchronized int events(List<JsonObject> answers) {
        return answers.stream()
                .mapToInt(answer -> answer.getInteger("events", 0))
                .sum();
    }

    private static synchronized JsonObject last(List<JsonObject> answers) {
        return answers.isEmpty() ? new JsonObject() : answers.get(answers.size() - 1);
    }

    private static synchronized void add(List<JsonObject> answers, JsonObject answer) {
        answers.add(answer);
    }

    private HttpClientRequest openAppend(List<JsonObject> answers) {
        return get(shop.http
                .client()
                .request(shop.http
                        .options(POST, EVENTS)
                        .putHeader("Content-Type", LINES)
                        .putHeader("Accept", LINES))
                .map(request -> {
                    request.setChunked(true);
                    request.exceptionHandler(cause -> {});
                    request.response().onSuccess(response -> collect(response, answers));
                    request.sendHead();
                    return request;
                }));
    }

    private static void collect(HttpClientResponse response, List<JsonObject> answers) {
        StringBuilder text = new StringBuilder();
        response.exceptionHandler(cause -> {});
        response.handler(bytes -> {
            text.append(bytes);
            for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
                String line = text.substring(0, end);
                text.delete(0, end + 1);
                if (!line.isEmpty()) {
                    add(answers, new JsonObject(line));
                }
            }
        });
    }
}
