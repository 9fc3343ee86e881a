package io.strandline.testkit.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Links between the documents lead to files that exist, and to headings that these files have. */
class DocumentLinksTest {

    private static final Path ROOT = Path.of("../..");

    /** A target that is not on the web: a path, a heading after a number sign, or both. */
    private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");

    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
    private static final Pattern NOT_IN_ANCHOR = Pattern.compile("[^\\w\\- ]");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "samples/README.md",
                "framework/GUIDE.md",
                "framework/ARCHITECTURE.md",
                "framework/LIMITS.md",
                "framework/DECISIONS.md",
                "framework/GAPS.md",
                "framework/TESTING.md",
                "framework/COMMANDS.md"
            })
    void every_link_leads_to_a_file_and_a_heading(String document) throws IOException {
        Path file = ROOT.resolve(document);
        List<MatchResult> links = LINK.matcher(Files.readString(file)).results().toList();
        assertThat(links).isNotEmpty();
        for (MatchResult link : links) {
            Path target = link.group(1).isEmpty() ? file : file.resolveSibling(link.group(1));
            assertThat(target).as(link.group()).exists();
            if (link.group(2) != null) {
                assertThat(anchors(Files.readString(target))).as(link.group()).contains(link.group(2));
            }
        }
    }

    private static List<String> anchors(String document) {
        return HEADING.matcher(document)
                .results()
                .map(heading -> NOT_IN_ANCHOR
                        .matcher(heading.group(1).toLowerCase(Locale.ROOT))
                        .replaceAll("")
                        .replace(' ', '-'))
                .toList();
    }
}
