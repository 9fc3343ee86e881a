package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.LogVerifier;
import io.strandline.spi.backup.BackupPoint;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the guide's examples of backups. */
class GuideBackupTest extends GuideLog {

    @TempDir
    Path directory;

    @Test
    void a_log_is_copied_and_restored() {
        Path backups = directory.resolve("backups");
        BackupPoint point = run(() -> BackingUp.take(vertx, log, backups));
        Path restored = directory.resolve("restored");
        assertThat(BackingUp.restore(backups, point.stampMillis(), restored)).isEqualTo(point);
        assertThat(LogVerifier.verify(
                        restored, new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8)))
                .isZero();
    }
}
