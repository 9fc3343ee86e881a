package io.strandline.log.impl.chunk;

import io.strandline.log.spi.ChunkStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The chunks that one merge reads; the footer of each is checked once, and must list the sections that are read.
 *
 * <p>A chunk of thousands of small sections is read in the order in which they lie there, a few bytes each. So what lies after
 * a section is fetched with it, once sections are read one after the other.
 */
public final class CheckedChunks {

    /** Bytes that are fetched at a time from a chunk whose small sections are read one after the other. */
    static final int WINDOW_BYTES = 128 << 10;

    /** Chunks of which a window is kept. */
    private static final int MAX_WINDOWS = 16;

    private final ChunkStorage.Input input;
    private final Consumer<ChunkId> reads;
    private final Map<ChunkId, Whole> chunks = new HashMap<>();
    private final Map<ChunkId, Window> windows = new LinkedHashMap<>(MAX_WINDOWS, 0.75f, true);

    private byte[] runArray = new byte[0];

    /**
     * A chunk that was checked.
     *
     * @param bytes its length
     * @param sections what its footer lists
     */
    private record Whole(long bytes, Set<ChunkSection> sections) {}

    /** Some bytes of a chunk, in an array that is used again for what lies after them. */
    private static final class Window {

        private final byte[] bytes = new byte[WINDOW_BYTES];
        private long position = -1;
        private int length;

        boolean holds(long from, long to) {
            return from >= position && to <= end();
        }

        long end() {
            return position + length;
        }
    }

    /** @param reads called with the chunk that is read next */
    public CheckedChunks(ChunkStorage.Input input, Consumer<ChunkId> reads) {
        this.input = input;
        this.reads = reads;
    }

    /** The array into which blocks are read, one run after the other. It has at least the given length. */
    byte[] runArray(int bytes) {
        if (runArray.length < bytes) {
            runArray = new byte[Math.max(bytes, StoredSections.RUN_BYTES)];
        }
        return runArray;
    }

    /**
     * Requires that a section is one of its chunk's, and fetches it if it is small.
     *
     * @throws io.strandline.StrandlineException.Corrupt if the chunk was cut, or its footer is damaged or does not list it
     */
    void requireWhole(ChunkSection section) throws IOException {
        reads.accept(section.chunk());
        Whole chunk = chunks.get(section.chunk());
        if (chunk == null) {
            chunk = new Whole(
                    input.size(section.chunk().objectName()),
                    new HashSet<>(ChunkFooter.read(input, section.chunk()).sections()));
            chunks.put(section.chunk(), chunk);
        }
        if (!chunk.sections().contains(section)) {
            throw ChunkFormat.corrupt(
                    section, section.dataPosition(), section.baseOffset(), "the footer does not list this section");
        }
        if (section.storedBytes() <= WINDOW_BYTES) {
            fetch(section, chunk.bytes());
        }
    }

    private void fetch(ChunkSection section, long chunkBytes) throws IOException {
        long from = section.dataPosition();
        long to = from + section.storedBytes();
        Window window = windows.computeIfAbsent(section.chunk(), any -> new Window());
        if (window.holds(from, to)) {
            return;
        }
        boolean isNext = from >= window.position && from <= window.end();
        long end = isNext ? Math.max(to, Math.min(from + WINDOW_BYTES, chunkBytes)) : to;
        int length = (int) (end - from);
        window.length = 0;
        input.read(section.chunk().objectName(), from, length, window.bytes, 0);
        window.position = from;
        window.length = length;
        if (windows.size() > MAX_WINDOWS) {
            windows.remove(windows.keySet().iterator().next());
        }
    }

    /** Reads a part of a chunk into a fresh array. */
    byte[] read(ChunkId chunk, long position, int length) throws IOException {
        Window window = windows.get(chunk);
        if (window != null && window.holds(position, position + length)) {
            int from = (int) (position - window.position);
            return Arrays.copyOfRange(window.bytes, from, from + length);
        }
        return input.read(chunk.objectName(), position, length);
    }

    /** As {@link #read(ChunkId, long, int)}, into a part of an array. */
    void read(ChunkId chunk, long position, int length, byte[] to, int at) throws IOException {
        Window window = windows.get(chunk);
        if (window != null && window.holds(position, position + length)) {
            System.arraycopy(window.bytes, (int) (position - window.position), to, at, length);
        } else {
            input.read(chunk.objectName(), position, length, to, at);
        }
    }
}
