package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.spi.SideFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Snapshot files on a disk that loses in a crash whatever was not forced: bytes, names and deletions. */
public final class SimulatedSnapshotFiles implements SideFiles {

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
    public synchronized Input read(String name) throws IOException {
        File file = files.get(name);
        if (file == null) {
            throw new NoSuchFileException(name);
        }
        return new Reading(file.bytes);
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
    public String toString() {
        return "simulated";
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Reading(byte[] bytes) implements Input {

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public int read(ByteBuffer into, long position) {
            int count = (int) Math.max(0, Math.min(into.remaining(), bytes.length - position));
            into.put(bytes, (int) position, count);
            return count;
        }

        @Override
        public void close() {}
    }
}
