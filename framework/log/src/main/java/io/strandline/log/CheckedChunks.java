package io.strandline.log;

import io.strandline.log.spi.ChunkStorage;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The chunks that one merge reads; the footer of each is checked once, and must list the sections that are read. */
final class CheckedChunks {

    private final ChunkStorage.Input input;
    private final Consumer<ChunkId> reads;
    private final Map<ChunkId, Set<ChunkSection>> sections = new HashMap<>();

    private byte[] runArray = new byte[0];

    /** @param reads called with the chunk that is read next */
    CheckedChunks(ChunkStorage.Input input, Consumer<ChunkId> reads) {
        this.input = input;
        this.reads = reads;
    }

    ChunkStorage.Input input() {
        return input;
    }

    /** The array into which blocks are read, one run after the other; at least so long. */
    byte[] runArray(int bytes) {
        if (runArray.length < bytes) {
            runArray = new byte[Math.max(bytes, StoredSections.RUN_BYTES)];
        }
        return runArray;
    }

    /**
     * Requires that a section is one of its chunk's.
     *
     * @throws io.strandline.StrandlineException.Corrupt if the chunk was cut, or its footer is damaged or does not list it
     */
    void requireWhole(ChunkSection section) throws IOException {
        reads.accept(section.chunk());
        Set<ChunkSection> listed = sections.get(section.chunk());
        if (listed == null) {
            listed = new HashSet<>(ChunkFooter.read(input, section.chunk()).sections());
            sections.put(section.chunk(), listed);
        }
        if (!listed.contains(section)) {
            throw ChunkFormat.corrupt(
                    section, section.dataPosition(), section.baseOffset(), "the footer does not list this section");
        }
    }
}
