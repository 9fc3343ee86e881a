package io.strandline.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;

/**
 * How the log of a process of this program looks, unless its user says otherwise: to the standard error, by slf4j-simple, which no other
 * process has.
 *
 * <pre>
 * 2026-11-30T22:50:23.412+01:00 [vert.x-eventloop-thread-0] INFO io.strandline.server.impl.TcpServer - log log is served at …
 * </pre>
 *
 * <p>The time is that of the process's time zone, with its offset from UTC ({@code Z} for none).
 */
final class LogLines {

    static final String LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";
    static final String SHOWS_TIME = "org.slf4j.simpleLogger.showDateTime";
    static final String TIME_FORMAT = "org.slf4j.simpleLogger.dateTimeFormat";

    /** A file on the class path with the same properties, which those of the process come before. */
    private static final String FILE = "simplelogger.properties";

    private static final String ISO_TIME = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";

    private LogLines() {}

    /**
     * Sets what is to be known when the first logger is made.
     *
     * @param isServer true for a process that tells what it does, false for one that tells only what is wrong
     */
    static void begin(boolean isServer) {
        setDefaults(System.getProperties(), file(), isServer);
    }

    /** What the user has set, for the process or in the file, stays as it is. */
    static void setDefaults(Properties process, Properties file, boolean isServer) {
        Map<String, String> defaults = isServer
                ? Map.of(SHOWS_TIME, "true", TIME_FORMAT, ISO_TIME)
                : Map.of(SHOWS_TIME, "true", TIME_FORMAT, ISO_TIME, LEVEL, "warn");
        defaults.forEach((name, value) -> {
            if (process.getProperty(name) == null && file.getProperty(name) == null) {
                process.setProperty(name, value);
            }
        });
    }

    private static Properties file() {
        Properties read = new Properties();
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try (InputStream in =
                loader == null ? ClassLoader.getSystemResourceAsStream(FILE) : loader.getResourceAsStream(FILE)) {
            if (in != null) {
                read.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read;
    }
}
