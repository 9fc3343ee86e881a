package io.strandline.samples.sharedstate;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.Revisioned;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The README's example of a shared state is a part of this sample, word by word. */
class ReadmeTest {

    private static final String BEGIN = "// README: begin";
    private static final String END = "// README: end";

    @Test
    void the_example_stands_in_the_readme_as_it_is() throws IOException {
        String source =
                Files.readString(Path.of("src/main/java/io/strandline/samples/sharedstate/OfficeVerticle.java"));
        String example = source.substring(source.indexOf(BEGIN) + BEGIN.length(), source.indexOf(END));
        assertThat(words(Files.readString(Path.of("../../README.md")))).contains(words(example));
    }

    @Test
    void the_example_runs() throws Exception {
        Vertx vertx = Vertx.vertx();
        Revisioned<SeatMap> after = OfficeVerticle.openAndBook(
                        vertx, MemoryRevisionStore.create(), new Booked("7A", "Amsterdam", 0))
                .toCompletionStage()
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
        assertThat(after.revision()).isEqualTo(1);
        assertThat(after.state().isFree("7A")).isFalse();
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static String words(String text) {
        return String.join(" ", List.of(text.trim().split("\\s+")));
    }
}
