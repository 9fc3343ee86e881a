package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The commands on backups of a log, through a server in this JVM and on directories. */
class BackupCommandTest extends OnRunningServer {

    @Test
    void a_log_that_is_served_is_backed_up_verified_and_restored() throws IOException {
        done("stream", "create", "shop/orders");
        done("append", "shop/orders", "--file", file("lines", "one\ntwo\n").toString());
        JsonObject taken = new JsonObject(done("backup", "take", "--json"));
        String backups = backups();
        assertThat(done("backup", "list", backups))
                .startsWith(taken.getString("point"))
                .hasLineCount(1);
        assertThat(done("backup", "verify", backups)).isEqualTo("no damage found\n");
        assertThat(run("backup", "verify", backups, "--progress").err())
                .startsWith("check of " + taken.getString("point") + ": 0 B of ");
        assertThat(run("restore", backups, directory.resolve("shown").toString(), "--progress")
                        .err())
                .startsWith("restore of " + taken.getString("point") + ": 0 B of ")
                .contains("check of the chunks of shard 1: ");
        String restored = directory.resolve("restored").toString();
        assertThat(done("restore", backups, restored, "--until", "2100-01-01T00:00:00Z"))
                .startsWith(restored + " is restored, from " + taken.getString("point"));
        assertThat(done("verify", restored)).endsWith("no damage found\n");
        assertThat(Ran.with(Map.of(), "tail", "shop/orders", "--directory", restored, "--from=start", "--no-follow")
                        .out())
                .hasLineCount(2);
        // A log in a directory is copied into the directory that the command names.
        String others = directory.resolve("others").toString();
        Ran copied = Ran.with(Map.of(), "backup", "take", others, "--directory", restored, "--progress");
        assertThat(copied.code()).isEqualTo(ExitCode.DONE);
        assertThat(copied.err()).contains("journal of shard 0: 0 B of ");
        done(
                "backup",
                "remove",
                others,
                new JsonArray(done("backup", "list", others, "--json"))
                        .getJsonObject(0)
                        .getString("point"),
                "--yes");
        assertThat(done("backup", "list", others)).isEmpty();

        assertThat(run("restore", backups, restored).code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("restore", backups, restored + "2", "--point=x").err()).startsWith("NotFound: ");
        Path chunkOrJournal;
        try (Stream<Path> all = Files.walk(Path.of(backups()))) {
            chunkOrJournal = all.filter(path -> path.toString().endsWith(".journal"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(chunkOrJournal);
        bytes[bytes.length / 2] ^= 1;
        Files.write(chunkOrJournal, bytes);
        Ran damaged = run("backup", "verify", backups);
        assertThat(damaged.code()).isEqualTo(ExitCode.FAILED);
        assertThat(damaged.out())
                .contains("DAMAGED")
                .contains(chunkOrJournal.getFileName().toString());
    }

    @Test
    void old_points_of_a_backup_are_removed() {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            taken.add(new JsonObject(done("backup", "take", "--json")).getString("point"));
        }
        String backups = backups();
        assertThat(run("backup", "prune", backups, "--keep", "2").code()).isEqualTo(ExitCode.USAGE);
        assertThat(run("backup", "prune", backups, "--keep", "0", "--yes").err())
                .contains("--keep is 0");
        assertThat(done("backup", "prune", backups, "--keep=1", "--keep-days=1", "--yes"))
                .isEqualTo("removed 0 points with 0 B, 3 stay\n");
        JsonObject plan = new JsonObject(done("backup", "prune", backups, "--keep", "2", "--dry-run", "--json"));
        assertThat(plan.getJsonArray("removed")).containsExactly(taken.get(0));
        assertThat(plan.getJsonArray("kept")).containsExactly(taken.get(1), taken.get(2));
        assertThat(plan.getLong("freedBytes")).isPositive();
        assertThat(plan.getBoolean("done")).isFalse();
        assertThat(done("backup", "list", backups)).hasLineCount(3);
        assertThat(done("backup", "prune", backups, "--keep", "2", "--yes"))
                .startsWith("removed 1 points with ")
                .endsWith(", 2 stay\n  " + taken.get(0) + "\n");
        assertThat(done("backup", "verify", backups)).isEqualTo("no damage found\n");
        String restored = directory.resolve("restored").toString();
        assertThat(done("restore", backups, restored)).contains(taken.get(2));
        assertThat(run("backup", "prune", restored, "--keep", "1", "--yes").code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("backup", "prune", restored + "2", "--keep", "1", "--yes")
                        .err())
                .startsWith("NotFound: ");
    }

    @Test
    void a_damaged_point_of_a_backup_stays_and_is_named() throws IOException {
        done("backup", "take");
        String damaged = new JsonObject(done("backup", "take", "--json")).getString("point");
        String backups = backups();
        Files.writeString(directory.resolve("backups/points/" + damaged + "/manifest"), "damaged");
        Ran ran = run("backup", "prune", backups, "--keep", "1", "--yes");
        assertThat(ran.code()).isEqualTo(ExitCode.FAILED);
        assertThat(ran.out()).isEqualTo("removed 0 points with 0 B, 2 stay\n  DAMAGED " + damaged + " stays\n");
    }
}
