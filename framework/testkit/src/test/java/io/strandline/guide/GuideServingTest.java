package io.strandline.guide;

import static io.strandline.log.Applications.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.server.Certificates;
import io.strandline.server.StrandlineServer;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.UserFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the guide's examples of a log in another process. */
class GuideServingTest extends GuideLog {

    @Test
    void an_order_goes_to_a_log_in_another_process() {
        StrandlineServer server = run(() -> Serving.serve(vertx, log, 0));
        Appended appended = run(() -> Serving.order(vertx, "tcp://127.0.0.1:" + server.port()));
        assertThat(appended.duplicate()).isFalse();
        assertThat(get(log.catalog().endCut(ORDERS)).offsets().values()).contains(1L);
    }

    @Test
    void anna_may_order_at_a_secured_log(@TempDir Path directory) throws IOException {
        new Certificates(directory).make("server", "CN=localhost");
        PasswordHash hash = PasswordHash.of("secret".toCharArray(), 1_000);
        Files.writeString(
                directory.resolve("users"),
                UserFile.parse("").with("anna", List.of("clerks"), hash).text());
        Files.writeString(directory.resolve("rules"), "role:clerks READ_UPDATE stream:shop/orders");
        Files.writeString(directory.resolve("credentials"), "Basic YW5uYTpzZWNyZXQ=");
        StrandlineServer server = run(() -> Serving.serveSecured(vertx, log, 0, directory.toString()));
        Strandline remote =
                run(() -> Serving.openSecured(vertx, "tcp://127.0.0.1:" + server.port(), directory.toString()));
        assertThat(get(remote.catalog().describe(ORDERS)).partitions()).isNotEmpty();
        assertThat(failure(remote.catalog().deleteStream(ORDERS))).isInstanceOf(StrandlineException.Unauthorized.class);
    }
}
