package io.strandline.log;

import io.strandline.StrandlineException;
import java.nio.file.Path;

/**
 * The command {@code framework/log/verify DIRECTORY}: reads every byte of a data directory and prints what it found. It
 * changes nothing.
 *
 * <p>The process exits with 0 if everything acknowledged can be read, with 1 if something is damaged, and with 2 if it
 * cannot tell, because the log is in use or the directory is no log's.
 */
public final class VerifyCommand {

    private VerifyCommand() {}

    /** Verifies the directory that the one argument names. */
    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            System.err.println("usage: verify DIRECTORY");
            System.exit(2);
        }
        try {
            System.exit(LogVerifier.verify(Path.of(arguments[0]), System.out) == 0 ? 0 : 1);
        } catch (StrandlineException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }
}
