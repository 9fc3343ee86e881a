package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.log.LogBackup;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline restore}. */
@Command(
        name = "restore",
        description = {
            "Makes a log of a backup, in a new directory, and verifies it.",
            "Repeated after it was cut off, it goes on with what is there."
        },
        mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {

    @Mixin
    private Output output = new Output();

    @Mixin
    private Progress progress = new Progress();

    @Parameters(index = "0", paramLabel = "BACKUPS", description = "The directory of backups.")
    private Path backups = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "DIRECTORY",
            description = "The data directory to make. It must not exist, or be empty.")
    private Path directory = Path.of("");

    @Option(names = "--point", description = "The point. Default: the newest.")
    private @Nullable String point;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = "The newest point that is not after this time, as 2026-11-30T05:00:00Z. Default: no bound.")
    private @Nullable String until;

    @Override
    public Integer call() {
        if (point != null && until != null) {
            throw new StrandlineException.Invalid("give either --point or --until");
        }
        try (PrintStream silent = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            BackupPoint restored = progress.bytes(output, shown -> restore(silent, shown));
            output.document(
                    BackupCommand.json(restored).put("restored", directory.toString()),
                    directory + " is restored, from " + BackupCommand.text(restored));
        }
        return ExitCode.DONE;
    }

    private BackupPoint restore(PrintStream silent, BackupProgress shown) {
        if (point != null) {
            return LogBackup.restore(backups, point, directory, silent, shown);
        }
        long untilMillis = until == null ? Long.MAX_VALUE : TailCommand.millis(until);
        return LogBackup.restore(backups, untilMillis, directory, silent, shown);
    }
}
