package io.strandline.benchmarks;

import java.math.BigDecimal;
import java.util.Locale;

/**
 * A figure with its target.
 *
 * @param line the figure and its target in one line
 * @param met whether the target is reached. Always false for a figure that is not a number
 */
public record Bar(String line, boolean met) {

    /** A ratio to another side that must not be lower than its target. */
    public static Bar ratioAtLeast(String name, double ratio, String other, double target) {
        return new Bar(ratioLine(name, ratio, other, target), ratio >= target);
    }

    /** A ratio to another side that must not be higher than its target. */
    public static Bar ratioAtMost(String name, double ratio, String other, double target) {
        return new Bar(ratioLine(name, ratio, other, target), ratio <= target);
    }

    /** A value that must not be lower than its target. */
    public static Bar valueAtLeast(String name, double value, String unit, double target) {
        return new Bar(valueLine(name, value, unit, target), value >= target);
    }

    /** A value that must not be higher than its target. */
    public static Bar valueAtMost(String name, double value, String unit, double target) {
        return new Bar(valueLine(name, value, unit, target), value <= target);
    }

    private static String valueLine(String name, double value, String unit, double target) {
        return String.format(Locale.ROOT, "%s: %.2f %s (target %s)", name, value, unit, plain(target));
    }

    private static String ratioLine(String name, double ratio, String other, double target) {
        return String.format(Locale.ROOT, "%s: %.2fx %s (target %sx)", name, ratio, other, plain(target));
    }

    private static String plain(double target) {
        return BigDecimal.valueOf(target).stripTrailingZeros().toPlainString();
    }
}
