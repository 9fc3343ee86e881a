package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import io.strandline.processing.pipeline.spi.StateTables;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * States in files, one for each table, to which records are appended. An index on the heap, in the order of the hashes, says where they
 * are. A file of which more than half is garbage is written again. As simple as a table beyond memory can be, and not meant to be fast.
 */
public final class FileTables implements StateTables {

    /** Estimate of the bytes of an entry of the index besides its key. */
    private static final int ENTRY_BYTES = 120;

    /** Bytes of a file that may be garbage whatever the records take. */
    private static final long SLACK_BYTES = 1 << 16;

    private final Path directory;
    private final AtomicInteger names = new AtomicInteger();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicLong puts = new AtomicLong();
    private final AtomicLong reads = new AtomicLong();

    /** A key, in the order of slices. */
    private static final class Key implements Comparable<Key> {

        private final long hash;
        private final byte[] bytes;

        Key(long hash, byte[] bytes) {
            this.hash = hash;
            this.bytes = bytes;
        }

        @Override
        public int compareTo(Key other) {
            int byHash = Long.compareUnsigned(hash, other.hash);
            return byHash != 0 ? byHash : Arrays.compareUnsigned(bytes, other.bytes);
        }
    }

    private record Place(long at, int length) {}

    public FileTables(Path directory) {
        this.directory = directory;
    }

    /** Number of tables that are open. */
    public int open() {
        return opened.get();
    }

    /** Number of records that were put. */
    public long puts() {
        return puts.get();
    }

    /** Number of records that were read. */
    public long reads() {
        return reads.get();
    }

    @Override
    public StateTable open(String operator) {
        opened.incrementAndGet();
        return new FileTable();
    }

    private FileChannel create() {
        try {
            Files.createDirectories(directory);
            return FileChannel.open(
                    directory.resolve("table-" + names.incrementAndGet()),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private StrandlineException unavailable(IOException cause) {
        return new StrandlineException.Unavailable("states in " + directory + ": " + cause, cause);
    }

    private final class FileTable implements StateTable {

        private final TreeMap<Key, Place> index = new TreeMap<>();
        private FileChannel file = create();
        private long end;
        private long live;
        private long keyBytes;

        @Override
        public @Nullable StateRecord get(long hash, byte[] key, int from, int length) {
            Place place = index.get(new Key(hash, Arrays.copyOfRange(key, from, from + length)));
            return place == null ? null : read(place);
        }

        private StateRecord read(Place place) {
            ByteBuffer bytes = ByteBuffer.allocate(place.length);
            try {
                while (bytes.hasRemaining()) {
                    if (file.read(bytes, place.at + bytes.position()) < 0) {
                        throw new IOException("the file ends amid a record");
                    }
                }
            } catch (IOException e) {
                throw unavailable(e);
            }
            reads.incrementAndGet();
            return new StateRecord(bytes.array(), 0);
        }

        @Override
        public void put(long hash, StateRecord record) {
            puts.incrementAndGet();
            int from = record.keyFrom();
            Key key = new Key(hash, Arrays.copyOfRange(record.bytes(), from, from + record.keyLength()));
            Place before = record.isRemoval()
                    ? index.remove(key)
                    : index.put(key, append(file, record.bytes(), record.from(), record.length()));
            live += record.isRemoval() ? 0 : record.length();
            live -= before == null ? 0 : before.length;
            keyBytes += record.isRemoval() ? 0 : key.bytes.length;
            keyBytes -= before == null ? 0 : key.bytes.length;
            if (end - live > live + SLACK_BYTES) {
                rewrite();
            }
        }

        private Place append(FileChannel to, byte[] bytes, int from, int length) {
            Place place = new Place(end, length);
            ByteBuffer rest = ByteBuffer.wrap(bytes, from, length);
            try {
                while (rest.hasRemaining()) {
                    end += to.write(rest, end);
                }
            } catch (IOException e) {
                throw unavailable(e);
            }
            return place;
        }

        private void rewrite() {
            FileChannel to = create();
            end = 0;
            index.replaceAll((key, place) -> append(to, read(place).bytes(), 0, place.length));
            FileChannel before = file;
            file = to;
            close(before);
        }

        @Override
        public long slice(long hash, Consumer<StateRecord> each) {
            List<Place> slice = new ArrayList<>();
            Key last = null;
            long next = 0;
            for (var entry : index.tailMap(new Key(hash, new byte[0]), true).entrySet()) {
                if (slice.size() >= MAX_SLICE && last != null && last.hash != entry.getKey().hash) {
                    next = entry.getKey().hash;
                    break;
                }
                last = entry.getKey();
                slice.add(entry.getValue());
            }
            slice.forEach(place -> each.accept(read(place)));
            return next;
        }

        @Override
        public long size() {
            return index.size();
        }

        @Override
        public long recordBytes() {
            return live;
        }

        @Override
        public long bytes() {
            return (long) ENTRY_BYTES * index.size() + keyBytes;
        }

        @Override
        public void close() {
            opened.decrementAndGet();
            close(file);
        }

        private void close(FileChannel channel) {
            try {
                channel.close();
            } catch (IOException e) {
                throw unavailable(e);
            }
        }
    }
}
