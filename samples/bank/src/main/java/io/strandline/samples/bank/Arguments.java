package io.strandline.samples.bank;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;

/**
 * What the command line says.
 *
 * @param crashAt after how many transfers the JVM halts, 0 for never
 */
record Arguments(
        int transfers, int accounts, int crashAt, int port, Path data, boolean fresh, boolean serve, boolean help) {

    private static final int MOST_TRANSFERS = 100_000_000;
    private static final int MOST_ACCOUNTS = 1_000_000;

    static final Arguments DEFAULTS = new Arguments(20_000, 200, 0, 0, Path.of("data/bank"), false, false, false);

    static Arguments parse(String... arguments) {
        Arguments read = DEFAULTS;
        Iterator<String> words = Arrays.asList(arguments).iterator();
        while (words.hasNext()) {
            read = read.with(words.next(), words);
        }
        return read;
    }

    private Arguments with(String word, Iterator<String> rest) {
        return switch (word) {
            case "--transfers" ->
                new Arguments(number(word, rest, 1, MOST_TRANSFERS), accounts, crashAt, port, data, fresh, serve, help);
            case "--accounts" ->
                new Arguments(transfers, number(word, rest, 2, MOST_ACCOUNTS), crashAt, port, data, fresh, serve, help);
            case "--crash-at" ->
                new Arguments(
                        transfers, accounts, number(word, rest, 1, MOST_TRANSFERS), port, data, fresh, serve, help);
            case "--port" ->
                new Arguments(transfers, accounts, crashAt, number(word, rest, 0, 65_535), data, fresh, serve, help);
            case "--data" ->
                new Arguments(transfers, accounts, crashAt, port, Path.of(text(word, rest)), fresh, serve, help);
            case "--fresh" -> new Arguments(transfers, accounts, crashAt, port, data, true, serve, help);
            case "--serve" -> new Arguments(transfers, accounts, crashAt, port, data, fresh, true, help);
            case "--help" -> new Arguments(transfers, accounts, crashAt, port, data, fresh, serve, true);
            default -> throw new IllegalArgumentException(word + " is no option");
        };
    }

    private static String text(String word, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(word + " needs a value");
        }
        return rest.next();
    }

    private static int number(String word, Iterator<String> rest, int least, int most) {
        String text = text(word, rest);
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < least || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(word + " is " + text + ", it must be " + least + " to " + most);
        }
        return Integer.parseInt(text);
    }
}
