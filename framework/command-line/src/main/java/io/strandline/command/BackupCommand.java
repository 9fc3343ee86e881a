package io.strandline.command;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.LogTarget.Session;
import io.strandline.command.setting.Waiting;
import io.strandline.log.LogBackup;
import io.strandline.spi.LogPort;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.BackupPruning;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline backup …}. */
@Command(
        name = "backup",
        description = "Backups of a log: take, list, verify, remove, prune.",
        mixinStandardHelpOptions = true)
final class BackupCommand extends CommandGroup {

    private static final String BACKUPS = "The directory of backups.";

    private static final int MAX_DAYS = 100_000;

    /** How often a server is asked how far it is. */
    private static final long LOOK_MILLIS = 200;

    @Command(
            name = "take",
            description = {
                "Copies the whole log as of now.",
                "A server goes on to serve meanwhile, and writes into the directory that its option log.backupDirectory names."
                        + " With --directory the log is copied into BACKUPS, while no process has it open."
            },
            mixinStandardHelpOptions = true)
    int take(
            @Mixin LogTarget target,
            @Mixin Output output,
            @Mixin Progress progress,
            @Parameters(paramLabel = "BACKUPS", arity = "0..1", description = BACKUPS + " With --directory only.")
                    @Nullable
                    Path backups) {
        Path closed = target.directory();
        if (closed != null) {
            if (backups == null) {
                throw new StrandlineException.Invalid("--directory needs a directory of backups to write to");
            }
            print(output, progress.bytes(output, shown -> LogBackup.takeClosed(closed, backups, shown)));
            return ExitCode.DONE;
        }
        if (backups != null) {
            throw new StrandlineException.Invalid("a server writes into the directory that its own options name");
        }
        return target.open(session -> {
            print(output, progress.bytes(output, shown -> taken(session, shown)));
            return ExitCode.DONE;
        });
    }

    /** Asks the log for a backup, and meanwhile how far it is. */
    static BackupPoint taken(Session session, BackupProgress progress) {
        LogPort port = Objects.requireNonNull(LogPort.of(session.log()));
        Future<BackupPoint> taken = session.begin(port::backup);
        if (progress != BackupProgress.NONE) {
            long looks = session.vertx().setPeriodic(LOOK_MILLIS, look -> session.begin(port::backupState)
                    .onSuccess(state -> {
                        if (state.isRunning()) {
                            progress.progress(state.step(), state.doneBytes(), state.totalBytes());
                        }
                    }));
            taken.onComplete(done -> session.vertx().cancelTimer(looks));
        }
        return Waiting.of(taken);
    }

    static void print(Output output, BackupPoint point) {
        output.document(json(point), text(point));
    }

    static JsonObject json(BackupPoint point) {
        return new JsonObject()
                .put("point", point.name())
                .put("stamp", point.stampMillis())
                .put("files", point.files())
                .put("bytes", point.bytes())
                .put("copiedBytes", point.copiedBytes());
    }

    static String text(BackupPoint point) {
        return point.name() + " as of " + Instant.ofEpochMilli(point.stampMillis()) + ": " + point.files() + " files, "
                + ProgressBar.bytes(point.bytes()) + ", " + ProgressBar.bytes(point.copiedBytes()) + " of them copied";
    }

    @Command(name = "list", description = "Lists the points, the oldest first.", mixinStandardHelpOptions = true)
    int list(@Mixin Output output, @Parameters(paramLabel = "BACKUPS", description = BACKUPS) Path backups) {
        List<BackupPoint> points = LogBackup.points(backups);
        output.list(
                new JsonArray(points.stream().map(BackupCommand::json).toList()),
                points.stream().map(BackupCommand::text).toList());
        return ExitCode.DONE;
    }

    @Command(
            name = "verify",
            description = "Reads every byte of one point or of all, and compares checksums.",
            mixinStandardHelpOptions = true)
    int verify(
            @Mixin Output output,
            @Mixin Progress progress,
            @Parameters(paramLabel = "BACKUPS", description = BACKUPS) Path backups,
            @Option(names = "--point", description = "One point. Default: all.") @Nullable String point) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int damaged;
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            damaged = progress.bytes(output, shown -> LogBackup.verify(backups, point, out, shown));
        }
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        output.document(
                new JsonObject().put("damaged", damaged).put("report", new JsonArray(lines)),
                damaged == 0 ? "no damage found" : String.join("\n", lines));
        return damaged == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }

    @Command(
            name = "remove",
            description = "Removes a point, with what no other point has.",
            mixinStandardHelpOptions = true)
    int remove(
            @Mixin Output output,
            @Parameters(paramLabel = "BACKUPS", description = BACKUPS) Path backups,
            @Parameters(paramLabel = "POINT", description = "The point.") String point,
            @Mixin Consent consent) {
        consent.require();
        LogBackup.remove(backups, point);
        output.document(new JsonObject().put("removed", point), point + " is removed");
        return ExitCode.DONE;
    }

    @Command(
            name = "prune",
            description = {
                "Removes all points but the newest, with what no other point has.",
                "Only points whose files are all there count. Points that stay and are damaged are named, and end it with 1. Needs"
                        + " --yes or --dry-run."
            },
            mixinStandardHelpOptions = true)
    int prune(
            @Mixin Output output,
            @Parameters(paramLabel = "BACKUPS", description = BACKUPS) Path backups,
            @Option(names = "--keep", required = true, description = "Points that stay, at least 1.") int keep,
            @Option(
                            names = "--keep-days",
                            defaultValue = "0",
                            description = "Days of which all points stay. Default: 0, points of any age go.")
                    int keepDays,
            @Mixin Intent intent) {
        boolean isDryRun = intent.isDryRun();
        Limits.require("--keep", keep, 1, LogBackup.MAX_KEPT);
        Limits.require("--keep-days", keepDays, 0, MAX_DAYS);
        long since = keepDays == 0 ? Long.MAX_VALUE : System.currentTimeMillis() - TimeUnit.DAYS.toMillis(keepDays);
        BackupPruning pruning =
                isDryRun ? LogBackup.planPrune(backups, keep, since) : LogBackup.prune(backups, keep, since);
        output.document(
                new JsonObject()
                        .put("removed", new JsonArray(pruning.removed()))
                        .put("kept", new JsonArray(pruning.kept()))
                        .put("damaged", new JsonArray(pruning.damaged()))
                        .put("freedBytes", pruning.freedBytes())
                        .put("done", !isDryRun),
                text(pruning, isDryRun));
        return pruning.damaged().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static String text(BackupPruning pruning, boolean isDryRun) {
        StringBuilder text = new StringBuilder((isDryRun ? "would remove " : "removed ")
                + pruning.removed().size() + " points with " + ProgressBar.bytes(pruning.freedBytes()) + ", "
                + pruning.kept().size() + " stay");
        pruning.removed().forEach(point -> text.append("\n  ").append(point));
        pruning.damaged()
                .forEach(point -> text.append("\n  DAMAGED ").append(point).append(" stays"));
        return text.toString();
    }
}
