package io.strandline.command;

import io.strandline.spi.backup.BackupProgress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/** A bar on a terminal that is drawn again in its line, a few times a second at most. */
final class ProgressBar implements BackupProgress {

    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintWriter out;
    private final LongFunction<String> unit;
    private final LongSupplier nanoTime;
    private String step = "";
    private int width;
    private long drawnNanos;

    /**
     * A bar that is not drawn.
     *
     * @param unit a number with its unit
     */
    ProgressBar(PrintWriter out, LongFunction<String> unit, LongSupplier nanoTime) {
        this.out = out;
        this.unit = unit;
        this.nanoTime = nanoTime;
    }

    @Override
    public void progress(String newStep, long done, long total) {
        long now = nanoTime.getAsLong();
        boolean isNew = !newStep.equals(step);
        boolean isDone = total > 0 && done >= total;
        if (!isNew && !isDone && now - drawnNanos < REDRAW_NANOS) {
            return;
        }
        if (isNew) {
            end();
        }
        step = newStep;
        drawnNanos = now;
        String line = line(newStep, done, total);
        // A shorter line covers the longer one before it.
        out.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
        out.flush();
        width = line.length();
    }

    /** Leaves the line. What is printed next has its own. */
    void end() {
        if (width > 0) {
            out.println();
            out.flush();
        }
        width = 0;
    }

    private String line(String of, long done, long total) {
        int filled = total == 0 ? 0 : (int) (WIDTH * done / total);
        return "[" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " + of + " " + unit.apply(done) + " of "
                + unit.apply(total);
    }

    /** Bytes in the unit that leaves the fewest digits. */
    static String bytes(long bytes) {
        if (bytes < 1_024) {
            return bytes + " B";
        }
        String[] units = {"KiB", "MiB", "GiB", "TiB"};
        double value = bytes / 1_024.0;
        int unit = 0;
        while (value >= 1_024 && unit < units.length - 1) {
            value /= 1_024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }
}
