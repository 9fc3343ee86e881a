package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Bar;
import io.strandline.benchmarks.Benchmark;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Rounds;
import io.strandline.benchmarks.RunDirectory;
import io.strandline.benchmarks.Workbench;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What compression takes off the disk, and what it costs. */
public final class CompressionBenchmark implements Benchmark {

    private static final int PARTITIONS = 4;
    private static final String NONE = "none";
    private static final String LZ4 = "lz4";
    private static final String ZSTD = "zstd";
    private static final double TARGET_LZ4 = 0.4;
    private static final double TARGET_ZSTD = 0.25;

    private static final List<Way> WAYS = List.of(
            new Way(NONE, StrandlineCompressed.Plain.class),
            new Way(LZ4, StrandlineCompressed.Lz4.class),
            new Way(ZSTD, StrandlineCompressed.Zstd.class));

    /** A side of the table. */
    private record Way(String name, Class<? extends StrandlineCompressed> side) {}

    /** Side → bytes in chunks for an event, of the last round. The rounds hardly differ. */
    private final Map<String, Double> bytesPerEvent = new TreeMap<>();

    @Override
    public String name() {
        return "compression";
    }

    @Override
    public String subject() {
        return "Flights of the sample in envelopes, about 200 B of JSON, to " + PARTITIONS
                + " partitions by one writer at full speed, acknowledged after fdatasync. Bytes in chunks for an event,"
                + " key and indexes included: "
                + bytesPerEvent.entrySet().stream()
                        .map(side -> side.getKey() + String.format(Locale.ROOT, " %.1f", side.getValue()))
                        .collect(Collectors.joining(", "))
                + ".";
    }

    @Override
    public Rounds run(Workbench workbench) throws IOException, InterruptedException {
        long events = workbench.plan().catchUpEvents() / 2;
        Rounds rounds = new Rounds(Rounds.Key.SPEED);
        for (int round = 1; round <= workbench.plan().rounds(); round++) {
            for (Way way : WAYS) {
                try (RunDirectory directory = workbench.directory(way.name())) {
                    Measurement measured =
                            workbench.measure(workbench.job(way.side().getName(), directory, PARTITIONS, events));
                    workbench.add(rounds, round, way.name(), measured);
                    bytesPerEvent.put(way.name(), (double) chunkBytes(directory.path()) / events);
                }
            }
        }
        return rounds;
    }

    private static long chunkBytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> Files.isRegularFile(file) && isChunk(directory.relativize(file)))
                    .mapToLong(CompressionBenchmark::size)
                    .sum();
        }
    }

    private static boolean isChunk(Path file) {
        for (Path part : file) {
            if (part.endsWith("chunks")) {
                return true;
            }
        }
        return false;
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Bar> bars(Rounds rounds) {
        return List.of(
                Bar.ratioAtMost(name() + ", bytes of zstd", ratio(ZSTD), NONE, TARGET_ZSTD),
                Bar.ratioAtMost(name() + ", bytes of lz4", ratio(LZ4), NONE, TARGET_LZ4));
    }

    private double ratio(String side) {
        return bytesPerEvent.getOrDefault(side, Double.NaN) / bytesPerEvent.getOrDefault(NONE, Double.NaN);
    }
}
