package io.strandline.command;

import io.strandline.spi.backup.BackupProgress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.LongFunction;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How far long work is, on the standard error, so that results can be piped: a bar on a terminal, elsewhere lines if they are wanted. */
final class Progress {

    @Spec(Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--progress",
            fallbackValue = "true",
            description =
                    "Show how far it is, in lines on the standard error. Default: a bar on a terminal, and nothing elsewhere or with"
                            + " --json.")
    private boolean wanted;

    /** Does work that counts bytes. */
    <T> T bytes(Output output, Function<BackupProgress, T> work) {
        return shown(output, ProgressBar::bytes, work);
    }

    /** Does work that counts events. */
    <T> T events(Output output, Function<BackupProgress, T> work) {
        return shown(output, events -> String.format(Locale.ROOT, "%,d events", events), work);
    }

    private <T> T shown(Output output, LongFunction<String> unit, Function<BackupProgress, T> work) {
        PrintWriter err = spec.commandLine().getErr();
        if (wanted) {
            return work.apply(new ProgressLines(err, unit, System::nanoTime));
        }
        if (output.isJson() || !Help.Ansi.AUTO.enabled()) {
            return work.apply(BackupProgress.NONE);
        }
        ProgressBar bar = new ProgressBar(err, unit, System::nanoTime);
        try {
            return work.apply(bar);
        } finally {
            bar.end();
        }
    }
}
