package io.strandline.samples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts the sample as a user does, in a JVM of its own. */
class FlightsSmokeTest {

    private static final long DEADLINE_SECONDS = 110;

    /** What a run left on its two channels, and its exit code. */
    private record Run(int exitCode, List<String> out, String err) {

        List<String> table() {
            return out.stream()
                    .takeWhile(line -> !line.startsWith("mean delay of each day"))
                    .toList();
        }
    }

    /** Flights of the file before its last day, which stays open. */
    private static final int OF_DAYS_THAT_ARE_OVER = 19_798;

    private static final Pattern SUMS = Pattern.compile(
            "([0-9,]+) flights of days that are over, ([0-9,]+) that came too late, ([0-9,]+) of days that are open");

    @Test
    void prints_what_the_file_says_and_says_it_again(@TempDir Path data) throws Exception {
        Run first = run(data);
        assertThat(first.table()).isEqualTo(tableOf(flights()));
        assertThat(first.out()).anyMatch(line -> line.matches("TX  2,37\\d  [ ▁▂▃▄▅▆▇█]{90}"));
        Matcher sums = SUMS.matcher(first.out().get(first.out().size() - 1));
        assertThat(sums.matches()).isTrue();
        // How many are late depends on how the tasks before the shuffle keep pace.
        assertThat(number(sums.group(1)) + number(sums.group(2))).isEqualTo(OF_DAYS_THAT_ARE_OVER);
        assertThat(number(sums.group(2))).isLessThan(10);
        Run again = run(data);
        assertThat(again.err()).contains("taken after 20,000 flights").containsPattern("(?m)^0 flights processed in");
        assertThat(again.table()).isEqualTo(tableOf(flights()));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9_876, 19_999})
    void a_crash_changes_nothing(int crashAt, @TempDir Path data) throws Exception {
        Run crashed = run(data, "--crash-at", Integer.toString(crashAt));
        assertThat(crashed.exitCode()).isEqualTo(137);
        assertThat(crashed.out()).isEmpty();

        Run again = run(data);
        assertThat(again.exitCode()).isZero();
        assertThat(again.table()).isEqualTo(tableOf(flights()));
        if (crashAt > 8_000) {
            // Four tasks, none more than 2,000 flights past its checkpoint.
            assertThat(again.err()).contains("going on from checkpoint");
        }
    }

    @Test
    void crashes_one_after_the_other_change_nothing(@TempDir Path data) throws Exception {
        for (int crashAt : new int[] {5_000, 5_000, 5_000}) {
            assertThat(run(data, "--crash-at", Integer.toString(crashAt)).exitCode())
                    .isEqualTo(137);
        }
        assertThat(run(data).table()).isEqualTo(tableOf(flights()));
    }

    @Test
    void a_damaged_checkpoint_sends_it_to_the_one_before(@TempDir Path data) throws Exception {
        assertThat(run(data).table()).isEqualTo(tableOf(flights()));
        Path checkpoints = data.resolve("checkpoints").resolve("airports");
        long newest = newestNumber(checkpoints);
        try (Stream<Path> files = Files.list(checkpoints)) {
            for (Path file : files.filter(file -> numberOf(file) == newest).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length / 2] ^= 1;
                Files.write(file, bytes);
            }
        }
        Run again = run(data);
        assertThat(again.err())
                .contains("passing over checkpoint " + newest)
                .contains("going on from checkpoint " + (newest - 1))
                .containsPattern("(?m)^[1-9][0-9,]* flights processed in");
        assertThat(again.table()).isEqualTo(tableOf(flights()));
    }

    @Test
    void reads_another_file_into_another_number_of_partitions(@TempDir Path data) throws Exception {
        Path file = data.resolve("some.ndjson");
        List<JsonObject> some = flights().subList(0, 300);
        // Out of order on purpose: days of an airport then come mixed.
        List<JsonObject> mixed = new ArrayList<>(some.subList(150, 300));
        mixed.addAll(some.subList(0, 150));
        Files.write(file, mixed.stream().map(JsonObject::encode).toList());
        Run run = run(data, "--file", file.toString(), "--partitions", "1", "--replays", "3");
        assertThat(run.table()).isEqualTo(tableOf(some));
        assertThat(run.err()).contains("3 times more").containsPattern("(?m)^900 flights processed in");

        Run refused = run(data, "--partitions", "2");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(run(data, "--fresh", "--partitions", "2").table()).isEqualTo(tableOf(flights()));
    }

    @Test
    void names_the_line_that_it_cannot_read(@TempDir Path data) throws Exception {
        Path file = data.resolve("bad.ndjson");
        Files.write(
                file,
                List.of(
                        flights().get(0).encode(),
                        flights().get(1).put("delay", "late").encode()));
        Run run = run(data, "--file", file.toString());
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(file + " line 2: delay is late, not a whole number");
    }

    @Test
    void explains_itself(@TempDir Path data) throws Exception {
        assertThat(run(data, "--help").out()).anyMatch(line -> line.contains("--crash-at N"));
        Run refused = run(data, "--partitions", "none");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err()).contains("--partitions is none");
    }

    private static Run run(Path data, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "--data",
                data.toString(),
                "--replays",
                "0"));
        command.addAll(Arrays.asList(arguments));
        Path out = Files.createTempFile(data, "out", ".txt");
        Path err = Files.createTempFile(data, "err", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("no end within " + DEADLINE_SECONDS + " s: " + Files.readString(err));
        }
        return new Run(process.exitValue(), Files.readAllLines(out), Files.readString(err));
    }

    private static int number(String text) {
        return Integer.parseInt(text.replace(",", ""));
    }

    private static long newestNumber(Path checkpoints) throws IOException {
        try (Stream<Path> files = Files.list(checkpoints)) {
            return files.mapToLong(FlightsSmokeTest::numberOf).max().orElseThrow();
        }
    }

    private static long numberOf(Path snapshot) {
        String name = snapshot.getFileName().toString();
        return Long.parseLong(name.substring(name.indexOf("-c") + 2, name.indexOf("-p")));
    }

    private static List<JsonObject> flights() throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(
                        Objects.requireNonNull(Main.class.getResourceAsStream("flights-2001-q1.ndjson.gz"))),
                StandardCharsets.UTF_8))) {
            return lines.lines().map(JsonObject::new).collect(Collectors.toList());
        }
    }

    /** The same table, computed without a log or a pipeline. */
    private static List<String> tableOf(List<JsonObject> flights) {
        Map<String, List<JsonObject>> byAirport = flights.stream()
                .collect(
                        Collectors.groupingBy(flight -> flight.getString("origin"), TreeMap::new, Collectors.toList()));
        List<String> lines = new ArrayList<>();
        lines.add("     city                   departures  mean delay    late  worst day");
        byAirport.entrySet().stream()
                .sorted(Comparator.comparingInt(airport -> -airport.getValue().size()))
                .limit(10)
                .forEach(airport -> lines.add(line(airport.getKey(), airport.getValue())));
        return lines;
    }

    private static String line(String code, List<JsonObject> flights) {
        TreeMap<String, Double> days = flights.stream()
                .collect(Collectors.groupingBy(
                        flight -> flight.getString("date").substring(0, 10), TreeMap::new, meanDelay()));
        double worst = days.values().stream().max(Comparator.naturalOrder()).orElseThrow();
        String worstDay = days.entrySet().stream()
                .filter(day -> day.getValue() == worst)
                .findFirst()
                .orElseThrow()
                .getKey();
        long late = flights.stream()
                .filter(flight -> flight.getInteger("delay") > 15)
                .count();
        return String.format(
                Locale.ROOT,
                "%-4s %-22s %,10d %7.1f min %5.1f %%  %s (%.1f min)",
                code,
                Cities.load().of(code),
                flights.size(),
                flights.stream().collect(meanDelay()),
                late * 100.0 / flights.size(),
                worstDay,
                worst);
    }

    private static Collector<JsonObject, ?, Double> meanDelay() {
        return Collectors.averagingInt(flight -> flight.getInteger("delay"));
    }
}
