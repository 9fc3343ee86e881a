package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.processing.pipeline.Output;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Snapshot files on a disk that loses in a crash whatever was not forced: bytes, names and deletions. */
public final class SimulatedSnapshotFiles implements SnapshotFiles {

    private final Map<String, File> files = new TreeMap<>();
    private final Map<String, File> forced = new TreeMap<>();

    private static final class File {
        byte[] bytes = new byte[0];
        byte[] forced = new byte[0];
    }

    /** The process ends, and the disk with it. */
    public synchronized void crash() {
        files.clear();
        files.putAll(forced);
        files.values().forEach(file -> file.bytes = file.forced);
    }

    @Override
    public void create() {}

    @Override
    public synchronized Output write(String name) {
        File file = new File();
        files.put(name, file);
        return new Output() {
            @Override
            public void write(ByteBuffer bytes) {
                synchronized (SimulatedSnapshotFiles.this) {
                    ByteBuffer all = ByteBuffer.allocate(file.bytes.length + bytes.remaining());
                    file.bytes = all.put(file.bytes).put(bytes).array();
                }
            }

            @Override
            public void force() {
                synchronized (SimulatedSnapshotFiles.this) {
                    file.forced = file.bytes;
                }
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public synchronized SeekableByteChannel read(String name) throws IOException {
        File file = files.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return new Reading(ByteBuffer.wrap(file.bytes));
    }

    @Override
    public synchronized void forceNames() {
        forced.clear();
        forced.putAll(files);
    }

    @Override
    public synchronized List<String> names() {
        return List.copyOf(files.keySet());
    }

    @Override
    public synchronized void delete(String name) {
        files.remove(name);
    }

    @Override
    public void remove() {}

    @Override
    public String place(String name) {
        return "simulated/" + name;
    }

    private record Reading(ByteBuffer bytes) implements SeekableByteChannel {

        @Override
        public int read(ByteBuffer to) {
            if (!bytes.hasRemaining()) {
                return -1;
            }
            int count = Math.min(to.remaining(), bytes.remaining());
            to.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public int write(ByteBuffer from) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long position() {
            return bytes.position();
        }

        @Override
        public SeekableByteChannel position(long position) {
            bytes.position((int) position);
            return this;
        }

        @Override
        public long size() {
            return bytes.limit();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
