package io.strandline.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** User and system time of this process and of the others that belong to the same side. */
public final class CpuTime {

    private final OperatingSystemMXBean self = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private final ProcessHandle[] others;

    private CpuTime(ProcessHandle[] others) {
        this.others = others;
    }

    /** Of this process alone. */
    public static CpuTime ofThisProcess() {
        return new CpuTime(new ProcessHandle[0]);
    }

    /** Of this process and its server. The kernel counts another process in ticks of 10 ms. */
    public static CpuTime withServer(long serverPid) {
        return withOthers(List.of(serverPid));
    }

    /** Of this process and others. The kernel counts another process in ticks of 10 ms. */
    public static CpuTime withOthers(List<Long> pids) {
        return new CpuTime(
                pids.stream().map(pid -> ProcessHandle.of(pid).orElseThrow()).toArray(ProcessHandle[]::new));
    }

    /** Nanoseconds of CPU time so far. Only differences are meaningful. */
    public long nanos() {
        long nanos = self.getProcessCpuTime();
        for (ProcessHandle other : others) {
            nanos += other.info().totalCpuDuration().map(Duration::toNanos).orElseThrow();
        }
        return nanos;
    }
}
