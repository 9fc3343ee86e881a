package io.strandline.command;

import io.strandline.StrandlineException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Whether a change is made or tried: {@code --yes} or {@code --dry-run}. The environment and the configuration file may say so as well. */
final class Intent {

    private static final String YES = "--yes";
    private static final String DRY_RUN = "--dry-run";

    @Spec(Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(names = YES, fallbackValue = "true", description = "Says that it is meant.")
    private boolean meant;

    @Option(
            names = DRY_RUN,
            fallbackValue = "true",
            description =
                    "Changes nothing, and shows what would change. In the environment or the configuration file it comes"
                            + " before --yes.")
    private boolean dryRun;

    /**
     * False if the change is to be made.
     *
     * @throws StrandlineException.Invalid if nothing says which of the two it is, or the arguments say both
     */
    boolean isDryRun() {
        ParseResult given = command.commandLine().getParseResult();
        if (given.hasMatchedOption(YES) && given.hasMatchedOption(DRY_RUN)) {
            throw new StrandlineException.Invalid("give either --yes or --dry-run");
        }
        if (!meant && !dryRun) {
            throw new StrandlineException.Invalid("give --yes or --dry-run");
        }
        return dryRun;
    }
}
