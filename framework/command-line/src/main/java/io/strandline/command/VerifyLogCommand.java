package io.strandline.command;

import io.strandline.log.LogVerifier;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code strandline verify}: every byte of a data directory. */
@Command(
        name = "verify",
        description = "Reads every byte of the data directory of a log that no process has open, and changes nothing.",
        mixinStandardHelpOptions = true)
final class VerifyLogCommand implements Callable<Integer> {

    @Mixin
    private Output output = new Output();

    @Mixin
    private Progress progress = new Progress();

    @Parameters(paramLabel = "DIRECTORY", description = "The data directory.")
    private Path directory = Path.of("");

    @Override
    public Integer call() {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int damaged;
        try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
            damaged = progress.bytes(output, shown -> LogVerifier.verify(directory, out, shown));
        }
        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        output.document(
                new JsonObject().put("damaged", damaged).put("report", new JsonArray(lines)), String.join("\n", lines));
        return damaged == 0 ? ExitCode.DONE : ExitCode.FAILED;
    }
}
