package io.strandline.command;

import io.strandline.Direction;
import io.strandline.EventReader;
import io.strandline.HistoryOptions;
import io.strandline.client.operation.Payload;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.Waiting;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline history}: the events of one key. */
@Command(name = "history", description = "Prints the events of one key.", mixinStandardHelpOptions = true)
final class HistoryCommand implements Callable<Integer> {

    @Mixin
    private LogTarget target = new LogTarget();

    @Mixin
    private Output output = new Output();

    @Parameters(index = "0", paramLabel = "STREAM", description = "Name of the stream, scope/stream.")
    private String stream = "";

    @Parameters(index = "1", paramLabel = "KEY", description = "The key.")
    private String key = "";

    @Option(names = "--backward", fallbackValue = "true", description = "The newest event first.")
    private boolean backward;

    @Option(names = "--limit", defaultValue = "0", description = "Events after which it ends. Default: 0, none.")
    private long limit;

    @Override
    public Integer call() {
        HistoryOptions options = new HistoryOptions();
        if (backward) {
            options.setDirection(Direction.BACKWARD);
        }
        if (limit > 0) {
            options.setLimit(limit);
        }
        return target.open(session -> {
            Promise<Void> end = Promise.promise();
            session.begin(() -> session.log().history(stream, key, Payload.CODEC, options))
                    .onFailure(end::tryFail)
                    .onSuccess(reader -> session.context().runOnContext(on -> print(reader, end)));
            Waiting.of(end.future());
            return ExitCode.DONE;
        });
    }

    private void print(EventReader<Payload> reader, Promise<Void> end) {
        reader.exceptionHandler(end::tryFail);
        reader.endHandler(done -> end.tryComplete());
        reader.handler(event -> EventLines.print(output, event));
    }
}
