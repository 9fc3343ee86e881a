package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.spi.SideFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Files in a directory that an application named. */
public final class DirectoryFiles implements SideFiles {

    private final Path directory;

    public DirectoryFiles(Path directory) {
        this.directory = directory;
    }

    @Override
    public void create() throws IOException {
        Deque<Path> parents = new ArrayDeque<>();
        Path missing = directory.toAbsolutePath();
        while (missing != null && !Files.isDirectory(missing)) {
            missing = missing.getParent();
            if (missing != null) {
                parents.push(missing);
            }
        }
        Files.createDirectories(directory);
        for (Path parent : parents) {
            force(parent);
        }
        if (!Files.isWritable(directory)) {
            throw new AccessDeniedException(directory.toString());
        }
    }

    @Override
    public Output write(String name) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(name),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        return new Output() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }

            @Override
            public void force() throws IOException {
                channel.force(true);
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public Input read(String name) throws IOException {
        FileChannel channel = FileChannel.open(directory.resolve(name), StandardOpenOption.READ);
        return new Input() {
            @Override
            public long size() throws IOException {
                return channel.size();
            }

            @Override
            public int read(ByteBuffer into, long position) throws IOException {
                int from = into.position();
                while (into.hasRemaining()) {
                    if (channel.read(into, position + into.position() - from) < 0) {
                        break;
                    }
                }
                return into.position() - from;
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    @Override
    public void forceNames() throws IOException {
        force(directory);
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    names.add(file.getFileName().toString());
                }
            }
        }
        return names;
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public void remove() throws IOException {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException kept) {
            // It holds what is not the pipeline's.
        }
    }

    @Override
    public String toString() {
        return directory.toAbsolutePath().toString();
    }
}
