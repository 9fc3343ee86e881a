package io.strandline.log;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.start;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.strandline.Compression;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.WriterOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** An application whose class path lacks the library of Zstandard. {@link ZstdMissingTest} loads it so. */
public final class WithoutZstd {

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private final Map<String, String> outcomes = new TreeMap<>();

    private WithoutZstd() {}

    /** Opens a log and returns the failure as text, or an empty text. */
    public static String openOnly(String directory) {
        WithoutZstd application = new WithoutZstd();
        try {
            return text(application.open(directory).compose(Strandline::close));
        } finally {
            get(application.vertx.close());
        }
    }

    /** Uses a log of a compressed and a plain stream. Returns what became of each call, by name: empty if it succeeded. */
    public static Map<String, String> use(String directory, String plainChunk) {
        WithoutZstd application = new WithoutZstd();
        try {
            Strandline log = get(application.open(directory));
            application.use(log, Path.of(plainChunk));
            get(log.close());
            application.verify(Path.of(directory));
            return application.outcomes;
        } finally {
            get(application.vertx.close());
        }
    }

    private Future<Strandline> open(String directory) {
        return Strandline.open(vertx, "file:" + directory, ZstdMissingTest.options());
    }

    private static String text(Future<?> future) {
        try {
            get(future);
            return "";
        } catch (RuntimeException e) {
            return String.valueOf(e);
        }
    }

    private void use(Strandline log, Path plainChunk) {
        String zipped = ZstdMissingTest.ZIPPED;
        String plain = ZstdMissingTest.PLAIN;
        outcomes.put(
                "writer",
                text(start(
                        context,
                        () -> log.createWriter(
                                zipped, EventCodec.raw(), new WriterOptions().setCompression(Compression.ZSTD)))));
        outcomes.put("read", text(Applications.readAll(vertx, log, zipped)));
        outcomes.put("history", text(start(context, () -> log.history(zipped, "key", EventCodec.raw())
                .compose(Applications::toEnd))));
        outcomes.put("plain read", text(Applications.readAll(vertx, log, plain)));
        EventWriter<Buffer> writer = Applications.writer(context, log, zipped, new WriterOptions());
        outcomes.put("plain append", text(start(context, () -> writer.append("key", Buffer.buffer("plain")))));
        // Both chunks are mostly dead from here on. What can be rewritten is.
        for (String stream : new String[] {zipped, plain}) {
            long partition =
                    get(log.catalog().describe(stream)).partitions().get(0).id();
            long cut = ZstdMissingTest.EVENTS - ZstdMissingTest.BATCH_EVENTS;
            outcomes.put(
                    "truncate " + stream,
                    text(log.catalog()
                            .truncate(
                                    stream,
                                    StreamCut.of(
                                            get(log.catalog().describe(stream)).name(), partition, cut))));
        }
        Applications.until(vertx, "the plain chunk is rewritten", () -> !Files.exists(plainChunk));
        outcomes.put("plain read after compaction", text(Applications.readAll(vertx, log, plain)));
    }

    private void verify(Path directory) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        String failure = "";
        try {
            LogVerifier.verify(directory, new PrintStream(printed, true, UTF_8));
        } catch (RuntimeException e) {
            failure = String.valueOf(e);
        }
        outcomes.put("verify", failure);
        outcomes.put("verify printed", printed.toString(UTF_8));
    }
}
