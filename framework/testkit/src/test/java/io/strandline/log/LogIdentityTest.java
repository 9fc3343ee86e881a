package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.LogIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A log knows which one it is, and its backups are of no other. */
class LogIdentityTest extends BackupFixture {

    private static LogIdentity identity(Strandline of) {
        return Objects.requireNonNull(LogPort.of(of)).identity();
    }

    @Test
    void a_restored_log_is_another_one_and_names_its_origin() {
        createOneStream();
        append("a");
        BackupPoint point = take();
        Strandline copy = restored(point);
        LogIdentity origin = identity(log);
        LogIdentity restored = identity(copy);
        assertThat(restored.id()).hasSize(LogIdentity.ID_CHARACTERS).isNotEqualTo(origin.id());
        assertThat(origin.origin()).isEmpty();
        assertThat(restored.origin()).contains(new LogIdentity.Origin(origin.id(), point.name()));
        // Nothing has a name of its own yet, so nothing else tells them apart.
        assertThat(Applications.failure(LogBackup.take(vertx, copy, backups, BackupProgress.NONE)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(origin.id())
                .hasMessageContaining(restored.id());
        Applications.get(copy.close());
        Path target = directory.resolve("restored-" + point.name());
        assertThatThrownBy(() -> LogBackup.takeClosed(target, backups, BackupProgress.NONE))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(restored.id());
        assertThat(identity(open(target))).isEqualTo(restored);
        Applications.get(log.close());
        log = open(data);
        assertThat(identity(log)).isEqualTo(origin);
        assertThat(take().name()).isGreaterThan(point.name());
    }

    @Test
    void a_log_of_an_earlier_release_gets_an_identity() throws IOException {
        Applications.get(log.close());
        Files.delete(data.resolve("log.identity"));
        log = open(data);
        LogIdentity given = identity(log);
        assertThat(given.id()).hasSize(LogIdentity.ID_CHARACTERS);
        Applications.get(log.close());
        Files.writeString(data.resolve("log.identity"), "damaged");
        assertThat(Applications.failure(Strandline.open(vertx, "file:" + data, options())))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("log.identity is damaged");
        assertThat(LogVerifier.verify(data, QUIET)).isEqualTo(1);
        Files.delete(data.resolve("log.identity"));
        log = open(data);
        assertThat(identity(log).id()).isNotEqualTo(given.id());
    }

    /** A log and a copy of its directory give the same names to different chunks. */
    @Test
    void backups_of_two_logs_do_not_mix() throws IOException {
        createOneStream();
        append("a");
        BackupPoint point = take();
        Strandline copy = restored(point);
        appendMuch();
        take();
        String[] others = new String[60];
        Arrays.fill(others, "y".repeat(30_001));
        append(copy, others);
        Applications.get(copy.close());
        Path target = directory.resolve("restored-" + point.name());
        Applications.get(log.close());
        // The original is opened again, so both have written under the same epochs.
        log = open(data);
        appendMuch();
        take();
        Files.copy(data.resolve("log.identity"), target.resolve("log.identity"), StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> LogBackup.takeClosed(target, backups, BackupProgress.NONE))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("not that of this log");
    }
}
