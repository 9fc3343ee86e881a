package io.strandline.samples.bank;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadmeTest {

    @Test
    void the_transfer_stands_in_the_readme_as_it_is() throws IOException {
        String source = Files.readString(Path.of("src/main/java/io/strandline/samples/bank/Transfer.java"));
        String begin = "// README: begin transfer";
        String example =
                source.substring(source.indexOf(begin) + begin.length(), source.indexOf("// README: end transfer"));
        assertThat(words(Files.readString(Path.of("../../README.md")))).contains(words(example));
    }

    private static String words(String text) {
        return String.join(" ", List.of(text.trim().split("\\s+")));
    }
}
