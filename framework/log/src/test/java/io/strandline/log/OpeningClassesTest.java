package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Retention;
import io.strandline.ScalingPolicy;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a JVM that has just started has to load in order to open a log. Loading takes longer than all that is read, so the
 * count stands for the time.
 */
class OpeningClassesTest {

    private static final String BEGIN = "OPENING BEGINS";
    private static final String END = "OPENING ENDS";

    /** With room for what another release of Vert.x or of the JDK loads. */
    private static final int MAX_CLASSES = 900;

    @TempDir
    Path data = Path.of("");

    /** Opens the log in the directory that is its argument, and creates a stream with rules if there is none. */
    static final class Child {

        private Child() {}

        public static void main(String[] arguments) throws Exception {
            Vertx vertx = Vertx.vertx();
            System.out.println(BEGIN);
            Strandline log = await(Strandline.open(vertx, "file:" + arguments[0], new LogOptions().setShards(2)));
            System.out.println(END);
            if (await(log.catalog().createScope("shop"))) {
                await(log.catalog()
                        .createStream(
                                "shop/orders",
                                new StreamOptions()
                                        .setScaling(ScalingPolicy.eventRate(1_000))
                                        .setRetention(Retention.maxAge(86_400_000))));
            }
            await(log.close());
            await(vertx.close());
        }

        private static <T> T await(Future<T> future) throws Exception {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    private List<String> loadedWhileOpening() throws IOException, InterruptedException {
        Path lines = data.resolveSibling("lines.txt");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load:stdout:none",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        data.toString())
                .redirectOutput(lines.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(child.waitFor(2, TimeUnit.MINUTES)).as("the child ends").isTrue();
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.exitValue()).isZero();
        List<String> all = Files.readAllLines(lines);
        Files.delete(lines);
        return all.subList(all.indexOf(BEGIN) + 1, all.indexOf(END));
    }

    @Test
    void opening_a_log_loads_few_classes_and_neither_a_json_parser_nor_a_formatter() throws Exception {
        data = data.resolve("log");
        loadedWhileOpening();
        List<String> loaded = loadedWhileOpening();
        assertThat(loaded)
                .noneMatch(line -> line.startsWith("com.fasterxml."))
                .noneMatch(line -> line.startsWith("java.util.Formatter "))
                .noneMatch(line -> line.startsWith("java.time.format."))
                .noneMatch(line -> line.startsWith("java.lang.runtime.ObjectMethods "))
                .hasSizeBetween(100, MAX_CLASSES);
    }
}
