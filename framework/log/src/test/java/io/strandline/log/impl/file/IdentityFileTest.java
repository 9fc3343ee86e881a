package io.strandline.log.impl.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.spi.backup.LogIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityFileTest {

    private static final String ID = "00112233445566778899aabbccddeeff";

    @TempDir
    Path directory = Path.of("");

    private Path file() {
        return directory.resolve("log.identity");
    }

    /** The format of version 1. A change of it is a new version. */
    @Test
    void the_file_is_this_text() throws IOException {
        IdentityFile.write(directory, new LogIdentity(ID, Optional.empty()));
        assertThat(file()).hasContent("strandline-log 1\nid " + ID + "\nend 2c16d683\n");
        IdentityFile.write(
                directory, new LogIdentity(ID, Optional.of(new LogIdentity.Origin("", "20261130-060000-000"))));
        assertThat(file())
                .hasContent("strandline-log 1\nid " + ID + "\nrestored - 20261130-060000-000\nend ff90eb27\n");
    }

    @Test
    void an_identity_comes_back() throws IOException {
        for (LogIdentity identity : List.of(
                IdentityFile.random(),
                IdentityFile.restored(ID, "20261130-060000-000"),
                IdentityFile.restored("", "20261130-060000-000"))) {
            IdentityFile.write(directory, identity);
            assertThat(IdentityFile.read(directory)).isEqualTo(identity);
            assertThat(identity.id()).hasSize(LogIdentity.ID_CHARACTERS);
        }
    }

    @Test
    void a_directory_without_one_gets_one_and_keeps_it() {
        assertThat(IdentityFile.read(directory)).isNull();
        LogIdentity given = IdentityFile.complete(directory);
        assertThat(IdentityFile.complete(directory)).isEqualTo(given);
        assertThat(IdentityFile.read(directory)).isEqualTo(given);
    }

    /** What a process leaves that is killed while it writes the file, or before the directory is forced. */
    @Test
    void a_file_that_was_not_finished_is_none() throws IOException {
        IdentityFile.write(directory, IdentityFile.random());
        byte[] whole = Files.readAllBytes(file());
        Files.delete(file());
        for (int length = 0; length <= whole.length; length += 7) {
            Files.write(directory.resolve("log.identity.tmp"), Arrays.copyOf(whole, length));
            assertThat(IdentityFile.read(directory)).isNull();
        }
        LogIdentity given = IdentityFile.complete(directory);
        Files.write(directory.resolve("log.identity.tmp"), Arrays.copyOf(whole, 9));
        assertThat(IdentityFile.complete(directory)).isEqualTo(given);
    }

    /** A creation that was cut off after the identity is one of the same log. */
    @Test
    void a_directory_with_an_identity_alone_is_a_logs() {
        Path data = directory.resolve("data");
        LogIdentity given;
        try (DataDirectory first = DataDirectory.open(data)) {
            given = first.identity();
        }
        try (DataDirectory second = DataDirectory.open(data)) {
            assertThat(second.shards()).isNull();
            assertThat(second.identity()).isEqualTo(given);
        }
    }

    @Test
    void every_changed_byte_is_damage_or_a_later_version() throws IOException {
        IdentityFile.write(directory, IdentityFile.restored(ID, "20261130-060000-000"));
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            byte[] changed = whole.clone();
            changed[at] ^= 1;
            Files.write(file(), changed);
            assertThatThrownBy(() -> IdentityFile.read(directory))
                    .isInstanceOfAny(StrandlineException.Corrupt.class, StrandlineException.Invalid.class)
                    .hasMessageContaining("log.identity");
            Files.write(file(), Arrays.copyOf(whole, at));
            assertThatThrownBy(() -> IdentityFile.read(directory)).isInstanceOf(StrandlineException.Corrupt.class);
        }
        Files.writeString(file(), "strandline-log 2\nwhatever\n", StandardCharsets.UTF_8);
        assertThatThrownBy(() -> IdentityFile.read(directory))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("reads version 1");
    }

    @Test
    void a_log_opens_without_an_identity_that_cannot_be_written() throws IOException {
        Files.createDirectories(directory.resolve("log.identity.tmp"));
        assertThat(IdentityFile.complete(directory)).isEqualTo(LogIdentity.UNKNOWN);
    }
}
