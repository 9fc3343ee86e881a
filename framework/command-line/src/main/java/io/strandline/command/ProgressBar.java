package io.strandline.command;

import io.strandline.spi.backup.BackupProgress;
import java.io.PrintWriter;
import java.util.Locale;

/** A bar on a terminal that is drawn again in its line, a few times a second at most. */
final class ProgressBar implements BackupProgress {

    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintWriter out;
    private String step = "";
    private long drawnNanos;

    ProgressBar(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void progress(String newStep, long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        boolean isNew = !newStep.equals(step);
        boolean isDone = totalBytes > 0 && doneBytes >= totalBytes;
        if (!isNew && !isDone && now - drawnNanos < REDRAW_NANOS) {
            return;
        }
        if (isNew && !step.isEmpty()) {
            out.println();
        }
        step = newStep;
        drawnNanos = now;
        out.print("\r" + line(newStep, doneBytes, totalBytes));
        out.flush();
    }

    static String line(String step, long doneBytes, long totalBytes) {
        int filled = totalBytes == 0 ? 0 : (int) (WIDTH * doneBytes / totalBytes);
        return String.format(
                Locale.ROOT,
                "[%s%s] %s %s of %s",
                "#".repeat(filled),
                " ".repeat(WIDTH - filled),
                step,
                bytes(doneBytes),
                bytes(totalBytes));
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
