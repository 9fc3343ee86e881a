package io.strandline.log.impl.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** Small files that are there in full or not at all, also after a loss of power. */
final class DurableFile {

    /** What follows the name of a file that is not finished. */
    static final String UNFINISHED = ".tmp";

    private DurableFile() {}

    /** Writes a file, in place of one with its name. It is there, durably, when this returns. */
    static void write(Path directory, String name, byte[] content) throws IOException {
        Path unfinished = directory.resolve(name + UNFINISHED);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(unfinished, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        LogDescription.force(directory);
    }
}
