package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.client.ClientOptions;
import io.strandline.command.setting.Configuration;
import io.strandline.command.setting.Waiting;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users, tokens and rules: made by commands, and held to by a server. */
class SecurityCommandsTest {

    @TempDir
    Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static Ran run(String... arguments) {
        return Ran.with(Map.of(), arguments);
    }

    private void addAnna() throws IOException {
        Ran added = run(
                "user",
                "add",
                "anna",
                "--role",
                "clerks",
                "--users",
                path("users"),
                "--password-file",
                file("password", "secret-1\n"));
        assertThat(added.err()).isEmpty();
        assertThat(added.code()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void users_are_added_listed_and_removed() throws IOException {
        addAnna();
        assertThat(run("user", "add", "billing.example", "--users", path("users"))
                        .out())
                .contains("without a password");
        assertThat(Files.readString(directory.resolve("users")))
                .doesNotContain("secret-1")
                .contains("pbkdf2-sha512");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("users"))))
                .isEqualTo("rw-------");
        assertThat(run("user", "list", "--users", path("users")).out())
                .isEqualTo("anna [clerks]\nbilling.example [] without password\n");
        assertThat(run("user", "remove", "anna", "--users", path("users")).code())
                .isEqualTo(ExitCode.DONE);
        assertThat(run("user", "remove", "anna", "--users", path("users")).code())
                .isEqualTo(ExitCode.FAILED);
        assertThat(run("user", "list").err()).contains("--users");
        assertThat(run("user", "add", "a:b", "--users", path("users")).code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void a_decision_is_explained() throws IOException {
        addAnna();
        String rules = file("rules", "role:clerks READ stream:shop/*\n");
        Ran yes = run("may", "anna", "describe", "stream:shop/orders", "--rules", rules, "--users", path("users"));
        assertThat(yes.code()).isEqualTo(ExitCode.DONE);
        assertThat(yes.out()).startsWith("yes: ").contains("line 1");
        Ran no = run("may", "anna", "truncate", "stream:shop/orders", "--rules", rules, "--users", path("users"));
        assertThat(no.code()).isEqualTo(ExitCode.NOT_ALLOWED);
        assertThat(no.out()).startsWith("no: ").contains("ADMIN");
        assertThat(run("may", "ben", "READ", "stream:shop/orders", "--rules", rules, "--role=clerks")
                        .code())
                .isEqualTo(ExitCode.DONE);
        assertThat(run("may", "ben", "fly", "stream:shop/orders", "--rules", rules)
                        .err())
                .contains("fly");
        assertThat(run("may", "ben", "READ", "stream:shop/orders").err()).contains("--rules");
    }

    @Test
    void a_server_with_tls_says_so_in_its_address() throws IOException, InterruptedException {
        Keytool.makeKey(directory.resolve("server.p12"));
        List<String> options = List.of(
                "tcp.port=0",
                "rest.port=0",
                "rest.tls.keyStoreFile=" + path("server.p12"),
                "rest.tls.keyStorePassword=" + Keytool.PASSWORD);
        RunningServer server =
                RunningServer.start(directory.resolve("data"), ServerParts.of(Configuration.none(Map.of()), options));
        try {
            assertThat(server.restAddress()).startsWith("https://127.0.0.1:");
        } finally {
            server.stop();
        }
    }

    @Test
    void a_server_knows_them_by_password_and_by_token() throws IOException {
        addAnna();
        String rules =
                file("rules", "role:clerks ADMIN scope:shop\nrole:clerks ADMIN stream:shop/*\nrole:clerks READ log\n");
        String key = file("key", "a secret that has more than thirty-two characters\n");
        RunningServer server = secured(rules, new JsonObject().put("usersFile", path("users")), key);
        try {
            String token = run("token", "issue", "ben", "--key", key, "--role", "clerks", "--seconds=600")
                    .out()
                    .strip();
            String limited = run(
                            "token", "issue", "ben", "--key", key, "--role=clerks", "--grant", "READ stream:shop/*")
                    .out()
                    .strip();
            assertThat(create(server, "shop/a", Map.of("STRANDLINE_CREDENTIALS", "anna:secret-1")))
                    .isEqualTo(ExitCode.DONE);
            assertThat(create(server, "shop/b", Map.of("STRANDLINE_CREDENTIALS", token)))
                    .isEqualTo(ExitCode.DONE);
            assertThat(Ran.with(
                                    Map.of(),
                                    "stream",
                                    "describe",
                                    "shop/a",
                                    "--server",
                                    server.address(),
                                    "--credentials-file",
                                    file("token", token + "\n"))
                            .code())
                    .isEqualTo(ExitCode.DONE);
            assertThat(create(server, "shop/c", Map.of("STRANDLINE_CREDENTIALS", limited)))
                    .isEqualTo(ExitCode.NOT_ALLOWED);
            assertThat(create(server, "shop/c", Map.of("STRANDLINE_CREDENTIALS", "anna:wrong")))
                    .isEqualTo(ExitCode.NOT_ALLOWED);
            assertThat(create(server, "shop/c", Map.of())).isEqualTo(ExitCode.NOT_ALLOWED);
        } finally {
            server.stop();
        }
    }

    /** A server that keeps no audit trail. */
    private RunningServer secured(String rules, JsonObject more, String key) throws IOException {
        JsonObject security = more.put("rulesFile", rules)
                .put("audit", false)
                .put("tokens", new JsonObject().put("keyFiles", List.of(key)));
        String configuration =
                file("server.json", new JsonObject().put("security", security).encode());
        return RunningServer.start(
                directory.resolve("data"),
                ServerParts.of(
                        Configuration.of(Map.of("STRANDLINE_CONFIG", configuration), List.of()),
                        List.of("tcp.port=0", "rest.port=0")));
    }

    private Ran as(String token, RunningServer server, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--server", server.address()));
        return Ran.with(Map.of("STRANDLINE_CREDENTIALS", token), all.toArray(String[]::new));
    }

    private String token(String name, String key) {
        return run("token", "issue", name, "--key", key, "--seconds=600").out().strip();
    }

    /** Its state is in streams of the log, which an operator may not read. */
    @Test
    void an_operator_works_a_group_at_a_server_without_its_data() throws IOException {
        String rules = file(
                "rules",
                "user:root ADMIN *\nuser:olga OPERATE group:shop/billing\nuser:dora DESCRIBE group:shop/billing\n");
        String key = file("key", "a secret that has more than thirty-two characters\n");
        RunningServer server = secured(rules, new JsonObject(), key);
        try {
            String root = token("root", key);
            String olga = token("olga", key);
            String dora = token("dora", key);
            assertThat(as(root, server, "stream", "create", "shop/orders").code())
                    .isEqualTo(ExitCode.DONE);
            assertThat(as(root, server, "append", "shop/orders", "--file", file("lines", "one\ntwo\n"))
                            .code())
                    .isEqualTo(ExitCode.DONE);
            createGroup(server, root);
            for (String token : List.of(olga, dora, root)) {
                assertThat(as(token, server, "group", "lag", "shop/billing").out())
                        .startsWith("total 2");
                assertThat(as(token, server, "group", "describe", "shop/billing")
                                .out())
                        .contains("2 events and ", " behind");
            }
            String[] reset = {"group", "reset", "shop/billing", "--to", "end", "--yes"};
            String[] planned = {"group", "reset", "shop/billing", "--to", "end", "--dry-run"};
            assertThat(as(dora, server, planned).code()).isEqualTo(ExitCode.NOT_ALLOWED);
            assertThat(as(olga, server, planned).out()).contains("would be set to end, 0 events again, 2 skipped");
            assertThat(as(dora, server, reset).code()).isEqualTo(ExitCode.NOT_ALLOWED);
            assertThat(as(olga, server, reset).code()).isEqualTo(ExitCode.DONE);
            assertThat(as(dora, server, "group", "lag", "shop/billing").out()).startsWith("total 0");
            String[] checkpoint = {"group", "checkpoint", "shop/billing", "noon"};
            assertThat(as(dora, server, checkpoint).code()).isEqualTo(ExitCode.NOT_ALLOWED);
            assertThat(as(olga, server, checkpoint).code()).isEqualTo(ExitCode.DONE);
            String[] dropped = {"group", "drop-checkpoint", "shop/billing", "noon", "--yes"};
            assertThat(as(dora, server, dropped).code()).isEqualTo(ExitCode.NOT_ALLOWED);
            assertThat(as(olga, server, dropped).code()).isEqualTo(ExitCode.DONE);
            for (String[] data : List.of(
                    new String[] {"group", "parked", "shop/billing"},
                    new String[] {"group", "parked", "shop/billing", "--replay=1"},
                    new String[] {"group", "parked", "shop/billing", "--replay=all"},
                    new String[] {"stream", "forget", "shop/orders", "shop/billing@1", "--yes"},
                    new String[] {"transaction", "list"},
                    new String[] {"transaction", "parts"},
                    new String[] {"transaction", "drop-part", "t", "shop/orders", "--yes"},
                    new String[] {"group", "lag", "shop/other"},
                    new String[] {"tail", "shop/orders"})) {
                assertThat(as(olga, server, data).code()).isEqualTo(ExitCode.NOT_ALLOWED);
            }
            assertThat(as(root, server, "group", "parked", "shop/billing").code())
                    .isEqualTo(ExitCode.DONE);
            assertThat(as(root, server, "group", "lag", "shop/other").code()).isEqualTo(ExitCode.FAILED);
        } finally {
            server.stop();
        }
    }

    private static void createGroup(RunningServer server, String token) {
        Vertx vertx = Vertx.vertx();
        try {
            Strandline log = Waiting.of(
                    Strandline.open(vertx, server.address(), new ClientOptions().setCredentials("Bearer " + token)));
            StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
            Waiting.of(
                    ReaderGroup.open(vertx, log, sync, "shop/billing", new GroupOptions().setStreams("shop/orders")));
        } finally {
            Waiting.of(vertx.close());
        }
    }

    private static int create(RunningServer server, String stream, Map<String, String> environment) {
        return Ran.with(environment, "stream", "create", stream, "--server", server.address())
                .code();
    }
}
