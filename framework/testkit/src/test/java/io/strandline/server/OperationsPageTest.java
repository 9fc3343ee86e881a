package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code framework/OPERATIONS.md} lists every operation as the table and the doors have it. */
class OperationsPageTest extends OnServedLog {

    private String page() {
        ServedLog served = ServedLog.of("shop", local);
        RestServer rest = get(RestServer.listen(serverVertx, served, new RestOptions().setPort(0)));
        EventBusServer bus = get(EventBusServer.serve(serverVertx, served, new EventBusOptions()));
        HttpClient http = vertx.createHttpClient();
        JsonObject document = get(start(newContext(vertx), () -> http.request(
                                HttpMethod.GET, rest.port(), "127.0.0.1", "/v1/openapi.json")
                        .compose(request -> request.send().compose(HttpClientResponse::body))))
                .toJsonObject();
        return new OperationsPage(document, new RestForms(document, 0), bus::address).text();
    }

    @Test
    void the_page_is_what_the_table_says() throws IOException {
        String page = page();
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/OPERATIONS.md"), page);
        assertThat(Files.readString(Path.of("../OPERATIONS.md")))
                .as("framework/OPERATIONS.md, whose new version is framework/testkit/target/OPERATIONS.md")
                .isEqualTo(page);
        for (Operation<?, ?> operation : Operations.ALL) {
            assertThat(page).contains("\n### " + operation.name() + "\n");
        }
    }
}
