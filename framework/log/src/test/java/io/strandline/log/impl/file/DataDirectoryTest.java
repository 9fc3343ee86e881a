package io.strandline.log.impl.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    @TempDir
    Path temporary = Path.of("");

    private final List<Path> forced = new ArrayList<>();

    private void open(Path path) throws IOException {
        forced.clear();
        DataDirectory.open(path, forced::add).close();
    }

    @Test
    void every_level_that_is_created_is_forced_in_its_parent() throws IOException {
        Path data = temporary.resolve("a/b/data");
        open(data);
        assertThat(forced).contains(temporary, temporary.resolve("a"), temporary.resolve("a/b"));
    }

    /** A process that was killed between creation and force left directories that only look durable. */
    @Test
    void parents_are_forced_until_the_log_is_described() throws IOException {
        Path data = Files.createDirectories(temporary.resolve("a/data"));
        open(data);
        assertThat(forced).contains(temporary, temporary.resolve("a"));
        LogDescription.write(data, 1);
        open(data);
        assertThat(forced).isEmpty();
    }

    @Test
    void the_description_is_what_earlier_releases_wrote_and_is_read_however_it_is_spaced() throws IOException {
        LogDescription.write(temporary, 12);
        Path description = temporary.resolve(LogDescription.NAME);
        assertThat(description)
                .hasContent(new JsonObject()
                        .put("formatVersion", 1)
                        .put("shards", 12)
                        .encodePrettily());
        assertThat(LogDescription.shards(temporary)).isEqualTo(12);
        Files.writeString(description, "{\"shards\":11,\"formatVersion\":1}");
        assertThat(LogDescription.shards(temporary)).isEqualTo(11);
    }

    @Test
    void snapshots_of_pipelines_belong_to_a_log_whose_description_is_lost_and_other_files_do_not() throws IOException {
        Path data = Files.createDirectories(temporary.resolve("data"));
        Files.createDirectories(data.resolve("checkpoints/balances"));
        open(data);
        Files.createFile(data.resolve("notes.txt"));
        assertThatThrownBy(() -> open(data))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("notes.txt");
    }

    @Test
    void a_holder_that_cannot_be_written_leaves_no_lock() throws IOException {
        Path data = temporary.resolve("data");
        Path holder = Files.createDirectories(data.resolve("holder"));
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> open(data)).isInstanceOf(StrandlineException.Unavailable.class);
        }
        Files.delete(holder);
        open(data);
    }
}
