package io.strandline.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** The file that keeps the last full run of every benchmark, a section {@code ## name} each. */
final class ResultsFile {

    private static final String SECTION = "## ";

    private final Path file;

    ResultsFile(Path file) {
        this.file = file;
    }

    /** Replaces the section of a benchmark, or adds it at the end. */
    void record(String benchmark, MachineProbe probe, List<String> report) throws IOException {
        List<String> section = section(benchmark, probe, report);
        List<String> lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8));
        int start = lines.indexOf(SECTION + benchmark);
        if (start < 0) {
            lines.add("");
            lines.addAll(section);
        } else {
            int end = start + 1;
            while (end < lines.size() && !lines.get(end).startsWith(SECTION)) {
                end++;
            }
            if (end < lines.size()) {
                section.add("");
            }
            lines.subList(start, end).clear();
            lines.addAll(start, section);
        }
        Files.write(file, lines, StandardCharsets.UTF_8);
    }

    private static List<String> section(String benchmark, MachineProbe probe, List<String> report) {
        List<String> section = new ArrayList<>();
        section.add(SECTION + benchmark);
        section.add("");
        section.add(LocalDate.now(ZoneOffset.UTC) + ", " + MachineProbe.machine());
        section.add("");
        section.add("```");
        section.add(probe.line());
        section.addAll(report);
        section.add("```");
        return section;
    }
}
