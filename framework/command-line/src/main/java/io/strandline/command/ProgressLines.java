package io.strandline.command;

import io.strandline.spi.backup.BackupProgress;
import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/** A line for each step, and another every few seconds of it. For files and other programs. */
final class ProgressLines implements BackupProgress {

    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final PrintWriter out;
    private final LongFunction<String> unit;
    private final LongSupplier nanoTime;
    private String step = "";
    private long printedNanos;

    /**
     * Lines that are not begun.
     *
     * @param unit a number with its unit
     */
    ProgressLines(PrintWriter out, LongFunction<String> unit, LongSupplier nanoTime) {
        this.out = out;
        this.unit = unit;
        this.nanoTime = nanoTime;
    }

    @Override
    public void progress(String newStep, long done, long total) {
        long now = nanoTime.getAsLong();
        if (newStep.equals(step) && now - printedNanos < EVERY_NANOS) {
            return;
        }
        step = newStep;
        printedNanos = now;
        out.println(newStep + ": " + unit.apply(done) + " of " + unit.apply(total));
        out.flush();
    }
}
