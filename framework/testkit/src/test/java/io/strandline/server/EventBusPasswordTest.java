package io.strandline.server;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.UserFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passwords on the event bus, where nobody knows who sends a message. */
class EventBusPasswordTest {

    private static final int MAX_FAILURES = 3;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = newContext(vertx);

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private EventBusServer serve(Path directory) throws IOException {
        UserFile users = UserFile.parse("").with("anna", List.of(), PasswordHash.of("secret".toCharArray(), 1_000));
        Security security = get(Security.open(
                vertx,
                new SecurityOptions()
                        .setAudit(false)
                        .setMaxFailures(MAX_FAILURES)
                        .setUsersFile(Files.writeString(directory.resolve("users"), users.text())
                                .toString())
                        .setRulesFile(Files.writeString(directory.resolve("rules"), "user:anna READ log")
                                .toString())));
        Strandline log = get(Strandline.open(vertx, "memory:"));
        return get(EventBusServer.serve(vertx, ServedLog.of("shop", log).secured(security), new EventBusOptions()));
    }

    private Future<JsonObject> scopes(EventBusServer server, String nameAndPassword) {
        String basic = Base64.getEncoder().encodeToString(nameAndPassword.getBytes(StandardCharsets.UTF_8));
        DeliveryOptions shown = new DeliveryOptions().addHeader("Authorization", "Basic " + basic);
        return start(context, () -> vertx.eventBus()
                        .<JsonObject>request(server.address("scopes"), new JsonObject(), shown))
                .map(reply -> reply.body());
    }

    private static String codeOf(Future<JsonObject> call) {
        return new JsonObject(String.valueOf(failure(call).getMessage())).getString("code");
    }

    @Test
    void guesses_of_others_keep_no_user_out(@TempDir Path directory) throws IOException {
        EventBusServer server = serve(directory);
        List<Future<JsonObject>> guesses = new ArrayList<>();
        for (int i = 0; i < 3 * MAX_FAILURES; i++) {
            guesses.add(scopes(server, "anna:guess " + i));
        }
        Future<JsonObject> beside = scopes(server, "anna:secret");
        guesses.forEach(guess -> assertThat(codeOf(guess)).isEqualTo("unauthorized"));
        get(beside);
        assertThat(codeOf(scopes(server, "anna:another"))).isEqualTo("unauthorized");
        get(scopes(server, "anna:secret"));
    }
}
