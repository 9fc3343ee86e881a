package io.strandline.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrdersTest {

    private static final int PIECES_OF_A_RUN = 20 * 55;

    @TempDir
    Path directory;

    @Test
    void every_piece_is_packed_once_and_a_customer_has_all_orders_in_order() throws Exception {
        for (int run = 1; run <= 2; run++) {
            assertThat(run())
                    .containsExactly(
                            "orders now have " + (2 + run) + " partitions",
                            "packed " + PIECES_OF_A_RUN + " pieces",
                            "customer-7 ordered " + 10 * run
                                    + " times, last Order[customer=customer-7, article=tea, pieces=10]");
        }
    }

    private List<String> run() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            return Main.run(vertx, directory.toString())
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "group", "scale"})
    void an_example_stands_in_the_readme_as_it_is(String name) throws IOException {
        String source = Files.readString(Path.of("src/main/java/io/strandline/samples/orders/Shop.java"));
        String begin = "// README: begin " + name;
        String example =
                source.substring(source.indexOf(begin) + begin.length(), source.indexOf("// README: end " + name));
        assertThat(words(Files.readString(Path.of("../../README.md")))).contains(words(example));
    }

    @Test
    void the_first_example_prints_one_order_more_each_time() throws Exception {
        for (int run = 1; run <= 2; run++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            FirstOrder.class.getName())
                    .directory(directory.toFile())
                    .redirectError(directory.resolve("errors").toFile())
                    .start();
            List<String> printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(printed)
                    .as(Files.readString(directory.resolve("errors")))
                    .hasSize(run)
                    .last()
                    .isEqualTo(run - 1 + " Order[customer=customer-7, article=tea, pieces=2]");
        }
    }

    @Test
    void the_first_example_is_in_the_readme_with_the_version_of_this_build() throws IOException {
        String readme = Files.readString(Path.of("../../README.md"));
        String source = Files.readString(Path.of("src/main/java/io/strandline/samples/orders/FirstOrder.java"));
        assertThat(readme).contains("```java\n" + source.substring(source.indexOf("import ")) + "```\n");
        String pom = Files.readString(Path.of("pom.xml"));
        String version = pom.substring(pom.indexOf("<version>"), pom.indexOf("</version>"));
        assertThat(readme).contains("  <artifactId>strandline-log</artifactId>\n  " + version + "</version>\n");
    }

    private static String words(String text) {
        return String.join(" ", List.of(text.trim().split("\\s+")));
    }
}
