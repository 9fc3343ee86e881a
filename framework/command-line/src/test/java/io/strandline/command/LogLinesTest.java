package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.SimpleDateFormat;
import java.util.Locale;
import java.util.Properties;
import java.util.TimeZone;
import org.junit.jupiter.api.Test;

/** What the log of the program looks like, and that its user decides. {@link ServerProcessTest} has lines of a server. */
class LogLinesTest {

    private final Properties process = new Properties();
    private final Properties file = new Properties();

    @Test
    void a_server_tells_what_it_does_and_other_commands_what_is_wrong() {
        LogLines.setDefaults(process, file, true);
        assertThat(process).containsEntry(LogLines.SHOWS_TIME, "true").doesNotContainKey(LogLines.LEVEL);
        LogLines.setDefaults(process, file, false);
        assertThat(process).containsEntry(LogLines.LEVEL, "warn");
    }

    @Test
    void the_time_has_its_offset() {
        LogLines.setDefaults(process, file, true);
        SimpleDateFormat format = new SimpleDateFormat(process.getProperty(LogLines.TIME_FORMAT), Locale.ROOT);
        format.setTimeZone(TimeZone.getTimeZone("GMT+05:30"));
        assertThat(format.format(0L)).isEqualTo("1970-01-01T05:30:00.000+05:30");
    }

    @Test
    void what_the_process_was_given_stays() {
        process.setProperty(LogLines.SHOWS_TIME, "false");
        process.setProperty(LogLines.LEVEL, "debug");
        LogLines.setDefaults(process, file, false);
        assertThat(process)
                .containsEntry(LogLines.SHOWS_TIME, "false")
                .containsEntry(LogLines.LEVEL, "debug")
                .containsKey(LogLines.TIME_FORMAT);
    }

    @Test
    void what_the_file_has_stays() {
        file.setProperty(LogLines.LEVEL, "debug");
        file.setProperty(LogLines.TIME_FORMAT, "HH:mm");
        LogLines.setDefaults(process, file, false);
        assertThat(process).doesNotContainKey(LogLines.LEVEL).doesNotContainKey(LogLines.TIME_FORMAT);
    }
}
