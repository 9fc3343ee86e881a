package io.strandline.server.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that others wrote: {@code curl}, where it is installed. */
class CurlTest {

    private static final List<Path> PLACES = List.of(Path.of("/usr/bin/curl"), Path.of("/usr/local/bin/curl"));

    private final ServedShop shop = new ServedShop();
    private final String url = "http://127.0.0.1:" + shop.server.port() + ServedShop.AT + "/events";

    @BeforeEach
    void create() {
        shop.createStream(1);
    }

    @AfterEach
    void close() {
        shop.close();
    }

    private static Process curl(String... arguments) throws IOException {
        Path tool = PLACES.stream().filter(Files::isExecutable).findFirst().orElse(null);
        assumeTrue(tool != null, "curl is not installed");
        List<String> command = new ArrayList<>(List.of(String.valueOf(tool), "-sS", "-N", "--max-time", "60"));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static BufferedReader output(Process curl) {
        return new BufferedReader(new InputStreamReader(curl.getInputStream(), StandardCharsets.UTF_8));
    }

    private static String run(String... arguments) throws IOException, InterruptedException {
        Process curl = curl(arguments);
        String text = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(curl.waitFor()).as(text).isZero();
        return text;
    }

    private JsonObject append(String... events) throws IOException, InterruptedException {
        return new JsonObject(
                run(url, "-H", "Content-Type: application/x-ndjson", "--data-binary", String.join("\n", events)));
    }

    private static String event(int number) {
        return "{\"key\": \"a\", \"event\": {\"number\": " + number + "}}";
    }

    @Test
    void it_appends_and_reads_a_page() throws IOException, InterruptedException {
        assertThat(append(event(0), event(1)).getInteger("events")).isEqualTo(2);
        JsonObject page = new JsonObject(run(url + "?limit=1"));
        assertThat(page.getJsonArray("events")).hasSize(1);
        JsonObject next = new JsonObject(run(url + "?from=" + page.getString("nextFrom")));
        assertThat(next.getJsonArray("events")
                        .getJsonObject(0)
                        .getJsonObject("event")
                        .getInteger("number"))
                .isEqualTo(1);
    }

    @Test
    void it_follows_server_sent_events_and_resumes_where_it_was_ended() throws IOException, InterruptedException {
        append(event(0), event(1), event(2));
        List<String> first = events(2, "-H", "Accept: text/event-stream", url);
        assertThat(first.get(1)).contains("\"number\": 1");
        String id = first.get(2);
        append(event(3));
        List<String> rest = events(2, "-H", "Accept: text/event-stream", "-H", "Last-Event-ID: " + id, url);
        assertThat(rest.get(0)).contains("\"number\": 2");
        assertThat(rest.get(1)).contains("\"number\": 3");
    }

    /** The data of so many events, and the id of the last one. */
    private static List<String> events(int count, String... arguments) throws IOException {
        Process curl = curl(arguments);
        try (BufferedReader lines = output(curl)) {
            List<String> found = new ArrayList<>();
            String id = "";
            while (found.size() < count) {
                String line = lines.readLine();
                assertThat(line).as("after " + found).isNotNull();
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("data: ")) {
                    found.add(line);
                }
            }
            found.add(id);
            return found;
        } finally {
            curl.destroy();
        }
    }
}
