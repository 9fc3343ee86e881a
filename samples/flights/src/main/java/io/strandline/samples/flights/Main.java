package io.strandline.samples.flights;

import io.vertx.core.Vertx;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Delays at US airports: {@code samples/flights/run [--help]}.
 *
 * <p>The exit code is 0 when the table is printed, 1 when something failed, 2 when the command line was not understood, and
 * {@value Crash#EXIT_CODE} after {@code --crash-at}.
 */
public final class Main {

    private Main() {}

    public static void main(String[] args) throws IOException {
        Arguments arguments;
        try {
            arguments = Arguments.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + "; --help says what there is");
            System.exit(2);
            return;
        }
        if (arguments.help()) {
            System.out.print(Arguments.HELP);
            return;
        }
        if (arguments.fresh()) {
            Directories.delete(arguments.data().resolve("checkpoints"));
            Directories.delete(arguments.data().resolve("log"));
        }
        // The chart is drawn with characters that a JVM of the locale C would print as question marks.
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(new FlightsVerticle(arguments, Cities.load()))
                .onSuccess(id -> System.exit(0))
                .onFailure(cause -> {
                    System.err.println("failed: " + cause.getMessage());
                    System.exit(1);
                });
    }
}
