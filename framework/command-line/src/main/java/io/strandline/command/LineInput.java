package io.strandline.command;

import io.strandline.spi.backup.BackupProgress;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Lines of a file or of the standard input. Only a file has a length, so that it is known how far it is read. */
final class LineInput implements Closeable {

    private final BufferedReader lines;
    private final @Nullable FileChannel channel;

    private LineInput(InputStream input, @Nullable FileChannel channel) {
        this.lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        this.channel = channel;
    }

    /** The lines of a file, or of the standard input if there is none. */
    static LineInput of(@Nullable Path file) throws IOException {
        if (file == null) {
            return new LineInput(System.in, null);
        }
        if (!Files.isRegularFile(file)) {
            return new LineInput(Files.newInputStream(file), null);
        }
        FileChannel channel = FileChannel.open(file);
        return new LineInput(Channels.newInputStream(channel), channel);
    }

    BufferedReader lines() {
        return lines;
    }

    /** Tells how many bytes are read, a buffer of lines included that were not asked for. */
    void tell(BackupProgress progress) throws IOException {
        if (channel != null) {
            long read = channel.position();
            progress.progress("append", read, Math.max(read, channel.size()));
        }
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
