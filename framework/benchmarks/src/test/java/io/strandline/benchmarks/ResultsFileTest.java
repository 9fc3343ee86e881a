package io.strandline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {

    private static final MachineProbe PROBE = new MachineProbe(0.19, 0.31);

    private final Path path;
    private final ResultsFile file;

    ResultsFileTest(@TempDir Path directory) throws IOException {
        path = Files.writeString(directory.resolve("RESULTS.md"), "# Results\n");
        file = new ResultsFile(path);
    }

    @Test
    void a_section_says_machine_and_probe_before_the_report() throws IOException {
        file.record("append", PROBE, List.of("append: 9.00x kafka (target 8x)"));
        assertThat(Files.readAllLines(path))
                .startsWith("# Results", "", "## append", "")
                .contains(PROBE.line())
                .endsWith("append: 9.00x kafka (target 8x)", "```");
    }

    @Test
    void a_later_run_replaces_its_own_section_only() throws IOException {
        file.record("append", PROBE, List.of("old"));
        file.record("read", PROBE, List.of("other"));
        file.record("append", PROBE, List.of("new"));
        assertThat(Files.readAllLines(path))
                .contains("new", "other")
                .doesNotContain("old")
                .containsSubsequence("## append", "new", "```", "", "## read", "other")
                .containsOnlyOnce("## append", "## read");
    }
}
