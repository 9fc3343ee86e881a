package io.strandline.log;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Compression;
import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.File;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What needs the library of Zstandard says so where it is missing, and disturbs nothing else. */
class ZstdMissingTest {

    static final String ZIPPED = "shop/zipped";
    static final String PLAIN = "shop/plain";
    static final int EVENTS = 400;
    static final int BATCH_EVENTS = 10;

    private static final String LIBRARY = "com.github.luben:zstd-jni";
    private static final int SECTION_BYTES = 64 << 10;

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = Applications.newContext(vertx);
    private final Random random = new Random(5);

    static LogOptions options() {
        return new LogOptions().setShards(1).setSectionBytes(SECTION_BYTES);
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private Strandline open(Path data) {
        return get(Strandline.open(vertx, "file:" + data, options()));
    }

    private Strandline create(Path data) {
        Strandline log = open(data);
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(ZIPPED, new StreamOptions()));
        get(log.catalog().createStream(PLAIN, new StreamOptions()));
        return log;
    }

    /** Events that compress to about a half, in batches. */
    private void fill(Strandline log, String stream, Compression compression) {
        EventWriter<Buffer> writer =
                Applications.writer(context, log, stream, new WriterOptions().setCompression(compression));
        for (int from = 0; from < EVENTS; from += BATCH_EVENTS) {
            get(start(context, () -> {
                List<Future<?>> appended = new ArrayList<>();
                for (int i = 0; i < BATCH_EVENTS; i++) {
                    byte[] payload = new byte[400];
                    random.nextBytes(payload);
                    Arrays.fill(payload, 0, 200, (byte) 'x');
                    appended.add(writer.append("key", Buffer.buffer(payload)));
                }
                return Future.all(appended);
            }));
        }
        get(start(context, writer::end));
    }

    /**
     * Closes a log. A close that finds the disk slow leaves the events in the journal, and the next one puts them into chunks.
     *
     * @param before the chunks before the events
     * @return the chunks after them
     */
    private List<Path> closeInChunks(Strandline log, Path data, List<Path> before) {
        get(log.close());
        for (int attempt = 0; attempt < 10 && Applications.chunks(data).equals(before); attempt++) {
            get(open(data).close());
        }
        return Applications.chunks(data);
    }

    /** Calls a method of {@link WithoutZstd} where the library is not on the class path. */
    private static Object without(String method, String... arguments) throws Exception {
        List<URL> classPath = new ArrayList<>();
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Pattern.compile(Pattern.quote(File.pathSeparator))
                .splitAsStream(all)
                .filter(entry -> !entry.contains("zstd-jni"))
                .forEach(entry -> classPath.add(url(entry)));
        try (URLClassLoader loader =
                new URLClassLoader(classPath.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                Class<?>[] types = Stream.of(arguments).map(any -> String.class).toArray(Class<?>[]::new);
                Method call = loader.loadClass(WithoutZstd.class.getName()).getMethod(method, types);
                return call.invoke(null, (Object[]) arguments);
            } finally {
                thread.setContextClassLoader(before);
            }
        }
    }

    private static URL url(String entry) {
        try {
            return Path.of(entry).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(entry, e);
        }
    }

    @Test
    @SuppressWarnings("unchecked")
    void what_needs_it_is_refused_with_its_name_and_the_rest_goes_on() throws Exception {
        Path data = directory.resolve("data");
        Strandline log = create(data);
        fill(log, ZIPPED, Compression.ZSTD);
        List<Path> zipped = closeInChunks(log, data, List.of());
        log = open(data);
        fill(log, PLAIN, Compression.NONE);
        List<Path> plain = new ArrayList<>(closeInChunks(log, data, zipped));
        plain.removeAll(zipped);
        assertThat(plain).hasSize(1);

        Map<String, String> outcomes = (Map<String, String>)
                without("use", data.toString(), plain.get(0).toString());
        assertThat(outcomes.remove("writer")).contains("Invalid", "ZSTD", LIBRARY);
        for (String call : List.of("read", "history")) {
            assertThat(outcomes.remove(call))
                    .as(call)
                    .contains("Invalid", "stream " + ZIPPED, "batch of offset ", "partition 1", LIBRARY);
        }
        assertThat(outcomes.remove("verify")).contains("Invalid", "could not be checked", LIBRARY);
        assertThat(outcomes.remove("verify printed")).contains("UNCHECKED").doesNotContain("DAMAGED");
        assertThat(outcomes.values()).as("%s", outcomes).containsOnly("");

        log = open(data);
        assertThat(get(Applications.readAll(vertx, log, ZIPPED))).hasSize(BATCH_EVENTS + 1);
        assertThat(get(Applications.readAll(vertx, log, PLAIN))).hasSize(BATCH_EVENTS);
        Strandline reopened = log;
        List<EventRecord<Buffer>> history = get(start(
                context, () -> reopened.history(ZIPPED, "key", EventCodec.raw()).compose(Applications::toEnd)));
        assertThat(history).hasSize(BATCH_EVENTS + 1);
        get(log.close());
    }

    @Test
    void a_log_whose_journal_needs_it_does_not_open_and_is_left_as_it_is() throws Exception {
        Path data = directory.resolve("data");
        Path image = directory.resolve("image");
        Strandline log = create(data);
        fill(log, ZIPPED, Compression.ZSTD);
        CrashImage.copy(data, image);
        get(log.close());

        for (int attempt = 0; attempt < 2; attempt++) {
            assertThat((String) without("openOnly", image.toString()))
                    .contains("Invalid", "shard 0", "in no chunk yet", "batch of offset ", "partition 1", LIBRARY);
        }
        log = open(image);
        assertThat(get(Applications.readAll(vertx, log, ZIPPED))).hasSize(EVENTS);
        get(log.close());
    }
}
