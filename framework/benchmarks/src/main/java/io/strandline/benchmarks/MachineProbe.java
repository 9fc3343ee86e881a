package io.strandline.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/**
 * What the machine itself can do, printed before every figure: a figure without it says nothing about another machine.
 *
 * @param p50Millis median of a bare durable write
 * @param p99Millis its 99th percentile
 */
record MachineProbe(double p50Millis, double p99Millis) {

    private static final Duration WARM_UP = Duration.ofMillis(500);
    private static final Duration MEASURED = Duration.ofSeconds(2);

    /** Measures in an empty directory for about three seconds. */
    static MachineProbe measure(Path directory) throws IOException {
        try (BareFile file = BareFile.create(directory.resolve("bare"))) {
            file.writeFor(WARM_UP, new Latencies());
            Latencies latencies = new Latencies();
            latencies.open();
            file.writeFor(MEASURED, latencies);
            return new MachineProbe(latencies.millisAt(0.5), latencies.millisAt(0.99));
        }
    }

    /** The first line of every run. */
    String line() {
        return String.format(
                Locale.ROOT, "4 KB write + fdatasync on this machine: p50 %.3f ms, p99 %.3f ms", p50Millis, p99Millis);
    }

    /** Processors, memory, system and JVM in one line. */
    static String machine() {
        var system = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
        return String.format(
                Locale.ROOT,
                "%d processors, %d GiB, %s %s, %s %s",
                system.getAvailableProcessors(),
                Math.round(system.getTotalMemorySize() / (double) (1L << 30)),
                system.getName(),
                system.getArch(),
                System.getProperty("java.vm.name"),
                System.getProperty("java.vm.version"));
    }
}
