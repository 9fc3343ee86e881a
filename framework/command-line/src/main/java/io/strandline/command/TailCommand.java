package io.strandline.command;

import io.strandline.EventReader;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Payload;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.Waiting;
import io.vertx.core.Promise;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline tail}: the events of a stream as they come. */
@Command(
        name = "tail",
        description = "Prints the events of a stream as they come, one a line.",
        mixinStandardHelpOptions = true)
final class TailCommand implements Callable<Integer> {

    @Mixin
    private LogTarget target = new LogTarget();

    @Mixin
    private Output output = new Output();

    @Parameters(paramLabel = "STREAM", description = "Name of the stream, scope/stream.")
    private String stream = "";

    @Option(
            names = "--from",
            defaultValue = "end",
            description = "Where to begin: start, end, or a time as 2026-11-30T05:00:00Z. Default: end.")
    private String from = "end";

    @Option(names = "--limit", defaultValue = "0", description = "Events after which it ends. Default: 0, none.")
    private long limit;

    @Option(
            names = "--no-follow",
            fallbackValue = "true",
            description = "Ends with the newest event instead of waiting for more.")
    private boolean noFollow;

    @Option(
            names = "--partition",
            paramLabel = "ID",
            description = "A partition to read. May be repeated. Default: all.")
    private Set<Long> partitions = new TreeSet<>();

    @Override
    public Integer call() {
        ReaderOptions options = new ReaderOptions().setFrom(position(from));
        if (!partitions.isEmpty()) {
            options.setPartitions(partitions).setFollowScaling(false);
        }
        return target.open(session -> {
            Promise<Void> end = Promise.promise();
            session.begin(() -> noFollow
                            ? session.log().read(stream, Payload.CODEC, options)
                            : session.log().subscribe(stream, Payload.CODEC, options))
                    .onFailure(end::tryFail)
                    .onSuccess(reader -> session.context().runOnContext(on -> print(reader, end)));
            Waiting.of(end.future());
            return ExitCode.DONE;
        });
    }

    private void print(EventReader<Payload> reader, Promise<Void> end) {
        long[] printed = {0};
        reader.exceptionHandler(end::tryFail);
        reader.endHandler(done -> end.tryComplete());
        reader.handler(event -> {
            EventLines.print(output, event);
            printed[0]++;
            if (printed[0] == limit) {
                reader.close();
                end.tryComplete();
            }
        });
    }

    /** {@code start}, {@code end}, or a time. */
    static StartPosition position(String from) {
        return switch (from) {
            case "start" -> StartPosition.start();
            case "end" -> StartPosition.end();
            default -> StartPosition.time(millis(from));
        };
    }

    /** A time in milliseconds since 1970, out of ISO 8601 or such a number. */
    static long millis(String time) {
        try {
            return time.matches("\\d{1,18}")
                    ? Long.parseLong(time)
                    : Instant.parse(time).toEpochMilli();
        } catch (DateTimeParseException e) {
            throw new StrandlineException.Invalid(time + " is no time as 2026-11-30T05:00:00Z", e);
        }
    }
}
