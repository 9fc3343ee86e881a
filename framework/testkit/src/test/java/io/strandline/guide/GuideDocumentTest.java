package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.strandline.StrandlineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code framework/GUIDE.md} shows the code of this package, names classes that exist, and links to files that exist. */
class GuideDocumentTest {

    private static final Path GUIDE = Path.of("../GUIDE.md");
    private static final Path SOURCES = Path.of("src/test/java/io/strandline/guide");
    private static final Pattern MARKED =
            Pattern.compile("// GUIDE: begin (\\S+)\\n(.*?)\\n[ ]*// GUIDE: end \\1\\n", Pattern.DOTALL);
    private static final Pattern SNIPPET =
            Pattern.compile("<!-- snippet: (\\S+) -->\\n```java\\n(.*?)\\n```\\n", Pattern.DOTALL);
    private static final Pattern CLASS_NAME = Pattern.compile("`(io\\.strandline(?:\\.[a-z0-9]+)*(?:\\.[A-Z]\\w*)+)`");
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#]+)(?:#[^)]*)?\\)");

    @Test
    void the_snippets_are_the_code_that_is_run() throws IOException {
        Map<String, String> code = code();
        String guide = Files.readString(GUIDE);
        String expected = SNIPPET.matcher(guide)
                .replaceAll(snippet -> Matcher.quoteReplacement("<!-- snippet: " + snippet.group(1) + " -->\n```java\n"
                        + code.getOrDefault(snippet.group(1), "no code of this name") + "\n```\n"));
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/GUIDE.md"), expected);
        assertThat(guide)
                .as("framework/GUIDE.md, whose new version is framework/testkit/target/GUIDE.md")
                .isEqualTo(expected);
    }

    @Test
    void every_java_block_is_a_snippet_and_every_snippet_is_shown_once() throws IOException {
        String guide = Files.readString(GUIDE);
        List<String> shown = SNIPPET.matcher(guide)
                .results()
                .map(snippet -> snippet.group(1))
                .toList();
        assertThat(shown).containsExactlyInAnyOrderElementsOf(code().keySet());
        assertThat(Pattern.compile("^```java", Pattern.MULTILINE).matcher(guide).results())
                .hasSameSizeAs(shown);
    }

    @Test
    void every_class_that_is_named_exists() throws IOException {
        TreeSet<String> names = new TreeSet<>();
        for (MatchResult name :
                CLASS_NAME.matcher(Files.readString(GUIDE)).results().toList()) {
            names.add(name.group(1));
        }
        assertThat(names).isNotEmpty().allSatisfy(name -> assertThatCode(
                        () -> Class.forName(name, false, getClass().getClassLoader()))
                .doesNotThrowAnyException());
    }

    @Test
    void every_type_of_failure_is_in_the_table() throws IOException {
        String guide = Files.readString(GUIDE);
        assertThat(StrandlineException.class.getPermittedSubclasses())
                .allSatisfy(type -> assertThat(guide).contains("\n| " + type.getSimpleName() + " | "));
    }

    @Test
    void every_link_leads_to_a_file() throws IOException {
        for (MatchResult link : LINK.matcher(Files.readString(GUIDE)).results().toList()) {
            assertThat(GUIDE.resolveSibling(link.group(1))).exists();
        }
    }

    /** Name → code, without the indentation that all its lines have. */
    private static Map<String, String> code() throws IOException {
        Map<String, String> code = new TreeMap<>();
        List<Path> files;
        try (Stream<Path> found = Files.list(SOURCES)) {
            files = found.filter(file -> !file.endsWith("GuideDocumentTest.java"))
                    .sorted()
                    .toList();
        }
        for (Path file : files) {
            for (MatchResult part :
                    MARKED.matcher(Files.readString(file)).results().toList()) {
                assertThat(code.put(part.group(1), part.group(2).stripIndent()))
                        .as("two snippets are called " + part.group(1))
                        .isNull();
            }
        }
        return code;
    }
}
