package io.strandline.samples.sharedstate;

import java.io.IOException;
import java.util.List;

/**
 * One seat map, three offices: {@code samples/shared-state/run [--help]}.
 *
 * <p>The exit code is 0 if all offices ended with the same seat map, 1 if not or if something failed, 2 when the command
 * line was not understood.
 */
public final class Main {

    private Main() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        Arguments arguments;
        try {
            arguments = Arguments.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "; --help says what there is");
            System.exit(2);
            return;
        }
        Office office = arguments.office();
        if (arguments.help()) {
            System.out.print(Arguments.HELP);
        } else if (office != null) {
            office.run();
        } else {
            System.exit(new Airline().run(arguments.killed()) ? 0 : 1);
        }
    }
}
