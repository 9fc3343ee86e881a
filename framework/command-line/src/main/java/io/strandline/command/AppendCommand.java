package io.strandline.command;

import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.client.operation.JsonEvents;
import io.strandline.client.operation.Payload;
import io.strandline.command.setting.FileFailures;
import io.strandline.command.setting.LogTarget;
import io.strandline.command.setting.LogTarget.Session;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline append}: one event a line, from a file or the standard input. */
@Command(
        name = "append",
        description = {
            "Appends one event for each line of the standard input or a file.",
            "With --writer the number of the line is the event's: a run that was cut off is repeated, and adds what was missing."
        },
        mixinStandardHelpOptions = true)
final class AppendCommand implements Callable<Integer> {

    /** Events that are sent and not acknowledged. */
    private static final int MAX_IN_FLIGHT = 8_192;

    /** Lines that are handed over at once. */
    private static final int LINES_AT_ONCE = 256;

    @Mixin
    private LogTarget target = new LogTarget();

    @Mixin
    private Output output = new Output();

    @Mixin
    private Progress progress = new Progress();

    @Parameters(paramLabel = "STREAM", description = "Name of the stream, scope/stream.")
    private String stream = "";

    @Option(names = "--file", description = "A file to read. Default: the standard input.")
    private @Nullable Path file;

    @Option(
            names = "--ndjson",
            fallbackValue = "true",
            description =
                    "Lines are JSON objects {\"key\": …, \"type\": …, \"version\": …, \"event\": …, \"headers\": …}, as tail --json"
                            + " prints them. Default: a line is the event.")
    private boolean ndjson;

    @Option(names = "--key", description = "Key of all events that name none. Default: none.")
    private @Nullable String key;

    @Option(
            names = "--key-separator",
            paramLabel = "TEXT",
            description = "Text between the key and the event in a line. Default: lines have no key.")
    private @Nullable String separator;

    @Option(
            names = "--writer",
            paramLabel = "ID",
            description = "Id of the writer, for runs that may be repeated. Default: none.")
    private @Nullable String writer;

    private final Semaphore room = new Semaphore(MAX_IN_FLIGHT);
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final AtomicLong appended = new AtomicLong();
    private final AtomicLong duplicates = new AtomicLong();

    private record Line(long number, String text) {}

    @Override
    public Integer call() {
        return target.open(session -> {
            WriterOptions options = new WriterOptions();
            if (writer != null) {
                options.setId(writer);
            }
            EventWriter<Payload> to = session.call(() -> session.log().createWriter(stream, Payload.CODEC, options));
            long acknowledged = progress.bytes(output, shown -> appendAll(session, to, shown));
            Throwable failed = failure.get();
            output.document(
                    new JsonObject().put("appended", acknowledged).put("duplicates", duplicates.get()),
                    acknowledged + " events appended, " + duplicates.get() + " of them were there");
            if (failed != null) {
                output.remark(failed.getClass().getSimpleName() + ": " + failed.getMessage());
                return ExitCode.of(failed);
            }
            return ExitCode.DONE;
        });
    }

    /** Returns how many were acknowledged, up to the first failure or not long after it. */
    private long appendAll(Session session, EventWriter<Payload> to, BackupProgress shown) {
        try (LineInput input = LineInput.of(file)) {
            appendAll(session, to, input, shown);
        } catch (IOException e) {
            throw new StrandlineException.Invalid(
                    (file == null ? "the input" : file) + " cannot be read: " + FileFailures.reason(e), e);
        }
        return appended.get();
    }

    private void appendAll(Session session, EventWriter<Payload> to, LineInput input, BackupProgress shown)
            throws IOException {
        BufferedReader lines = input.lines();
        long number = 0;
        boolean ended = false;
        while (!ended && failure.get() == null) {
            List<Line> some = new ArrayList<>();
            while (some.size() < LINES_AT_ONCE && (some.isEmpty() || lines.ready())) {
                String text = lines.readLine();
                if (text == null) {
                    ended = true;
                    break;
                }
                some.add(new Line(++number, text));
            }
            take(some.size());
            session.context().runOnContext(on -> some.forEach(line -> append(to, line)));
            input.tell(shown);
        }
        take(MAX_IN_FLIGHT);
    }

    private void take(int permits) {
        room.acquireUninterruptibly(permits);
    }

    private void append(EventWriter<Payload> to, Line line) {
        if (failure.get() != null) {
            room.release();
            return;
        }
        try {
            to.append(parse(line)).onComplete(done -> {
                if (done.succeeded()) {
                    appended.incrementAndGet();
                    duplicates.addAndGet(done.result().duplicate() ? 1 : 0);
                } else {
                    failure.compareAndSet(null, done.cause());
                }
                room.release();
            });
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
            room.release();
        }
    }

    private NewEvent<Payload> parse(Line line) {
        NewEvent<Payload> event = ndjson ? parseJson(line) : parseText(line.text());
        return writer == null || event.sequence() != null ? event : event.with(Sequence.of(line.number()));
    }

    private NewEvent<Payload> parseText(String text) {
        int at = separator == null ? -1 : text.indexOf(separator);
        return separator == null || at < 0
                ? event(key, text)
                : event(text.substring(0, at), text.substring(at + separator.length()));
    }

    private static NewEvent<Payload> event(@Nullable String key, String text) {
        return NewEvent.of(key, new Payload(EventType.RAW, text.getBytes(StandardCharsets.UTF_8)));
    }

    /** The place of an event that tail has printed is another one here. */
    private NewEvent<Payload> parseJson(Line line) {
        byte[] text = line.text().getBytes(StandardCharsets.UTF_8);
        if (!line.text().contains("\"offset\"")) {
            return keyed(JsonEvents.parse("line " + line.number(), text, 0, text.length));
        }
        try {
            JsonObject json = new JsonObject(line.text());
            List.of("partition", "offset", "stamp").forEach(json::remove);
            return keyed(JsonEvents.event("line " + line.number(), json));
        } catch (DecodeException e) {
            throw new StrandlineException.Invalid("line " + line.number() + " is no JSON: " + e.getMessage(), e);
        }
    }

    private NewEvent<Payload> keyed(NewEvent<Payload> event) {
        return event.key() != null || key == null
                ? event
                : new NewEvent<>(key, event.event(), event.headers(), event.sequence());
    }
}
