package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code framework/OPTIONS.md} lists every option as the code has it. */
class OptionsPageTest {

    private static final Path ROOT = Path.of("../..");

    @Test
    void the_page_is_what_the_classes_say() throws IOException, ReflectiveOperationException {
        String page = new OptionsPage(ROOT).text(OptionsPage.inOrder());
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/OPTIONS.md"), page);
        assertThat(Files.readString(ROOT.resolve("framework/OPTIONS.md")))
                .as("framework/OPTIONS.md, whose new version is framework/command-line/target/OPTIONS.md")
                .isEqualTo(page);
    }

    @Test
    void every_class_of_options_is_on_it() throws IOException, ReflectiveOperationException {
        List<String> listed = OptionsPage.inOrder().stream()
                .flatMap(options -> Stream.of(options, options.getSuperclass()))
                .filter(options -> options != Object.class)
                .map(Class::getSimpleName)
                .distinct()
                .sorted()
                .toList();
        List<String> found;
        try (Stream<Path> api = Files.walk(ROOT.resolve("framework/api/src/main/java"));
                Stream<Path> log = Files.walk(ROOT.resolve("framework/log/src/main/java"));
                Stream<Path> processing = Files.walk(ROOT.resolve("framework/processing/src/main/java"));
                Stream<Path> client = Files.walk(ROOT.resolve("framework/client/src/main/java"));
                Stream<Path> server = Files.walk(ROOT.resolve("framework/server/src/main/java"));
                Stream<Path> metrics = Files.walk(ROOT.resolve("framework/metrics/src/main/java"));
                Stream<Path> commands = Files.walk(ROOT.resolve("framework/command-line/src/main/java"));
                Stream<Path> sync = Files.walk(ROOT.resolve("state-sync/src/main/java"))) {
            found = Stream.of(api, log, processing, client, server, metrics, commands, sync)
                    .flatMap(files -> files)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith("Options.java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .sorted()
                    .toList();
        }
        assertThat(listed).isEqualTo(found);
    }
}
