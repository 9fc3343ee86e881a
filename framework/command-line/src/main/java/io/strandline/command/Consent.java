package io.strandline.command;

import io.strandline.StrandlineException;
import picocli.CommandLine.Option;

/** {@code --yes}, which commands need that remove something for good. */
final class Consent {

    @Option(names = "--yes", required = true, fallbackValue = "true", description = "Says that it is meant.")
    private boolean meant;

    /**
     * Goes on if it is meant. A value of the environment or of the configuration file is enough for picocli, also {@code false}.
     *
     * @throws StrandlineException.Invalid if not
     */
    void require() {
        if (!meant) {
            throw new StrandlineException.Invalid("--yes is false, it must be true: it says that it is meant");
        }
    }
}
