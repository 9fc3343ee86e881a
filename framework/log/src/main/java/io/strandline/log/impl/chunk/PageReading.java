package io.strandline.log.impl.chunk;

import io.strandline.StrandlineException;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.spi.Batch;
import io.strandline.spi.HistorySlice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Cuts single events out of the pages in which they stand. For one read at a time. */
final class PageReading {

    /** Pages that are read though nobody needs them, because two reads would cost more. */
    private static final int BRIDGED_PAGES = 2;

    private final ChunkSection section;
    private final SectionIndex index;
    private final KeyDirectory directory;
    private final Batch.Records records = new Batch.Records();
    private final Batch.Records ofBatch = new Batch.Records();

    /** Offset of the first event of the compressed batch in {@link #ofBatch}. -1 if there is none. */
    private long decompressed = -1;

    private List<Run> runs = List.of();
    private List<byte[]> parts = List.of();

    /** The run that held the last event. The next event is near. */
    private int near;

    /** Consecutive pages. */
    static final class Run {

        private final int first;
        private int last;

        Run(int first, int last) {
            this.first = first;
            this.last = last;
        }
    }

    PageReading(ChunkSection section, SectionIndex index, KeyDirectory directory) {
        this.section = section;
        this.index = index;
        this.directory = directory;
    }

    /** Adds the pages of an event that begins in {@code page}. The event must follow those added before. */
    void need(List<Run> to, int event, int page) {
        int last = directory.lastPageOf(event, page);
        Run before = to.isEmpty() ? null : to.get(to.size() - 1);
        if (before != null && page <= before.last + 1 + BRIDGED_PAGES) {
            before.last = Math.max(before.last, last);
        } else {
            to.add(new Run(page, last));
        }
    }

    /** What is to be read for the runs. */
    List<ChunkStorage.Range> ranges(List<Run> of) {
        List<ChunkStorage.Range> ranges = new ArrayList<>(of.size());
        for (Run run : of) {
            long position = directory.pagePosition(run.first);
            ranges.add(new ChunkStorage.Range(position, Math.toIntExact(directory.pageEnd(run.last) - position)));
        }
        return ranges;
    }

    /**
     * Takes what was read.
     *
     * @throws StrandlineException.Corrupt if a page is damaged
     */
    void take(List<Run> read, List<byte[]> bytes) {
        CRC32C crc = new CRC32C();
        for (int i = 0; i < read.size(); i++) {
            Run run = read.get(i);
            long position = directory.pagePosition(run.first);
            for (int page = run.first; page <= run.last; page++) {
                int actual = ChunkFormat.checksum(
                        bytes.get(i),
                        (int) (directory.pagePosition(page) - position),
                        (int) (directory.pageEnd(page) - position),
                        crc);
                if (actual != directory.pageChecksum(page)) {
                    throw corrupt(
                            page,
                            directory.firstEvent(page),
                            "page checksum " + Integer.toHexString(actual) + " is not "
                                    + Integer.toHexString(directory.pageChecksum(page)));
                }
            }
        }
        runs = read;
        parts = bytes;
        near = 0;
    }

    /**
     * An event of the pages taken, or null if it has another key.
     *
     * @param page where it begins
     * @throws StrandlineException.Corrupt if it does not stand where the directory says
     */
    HistorySlice.@Nullable Event event(int event, int page, byte[] key) {
        while (page > runs.get(near).last) {
            near++;
        }
        while (page < runs.get(near).first) {
            near--;
        }
        try {
            return event(event, page, key, parts.get(near), directory.pagePosition(runs.get(near).first));
        } catch (IndexOutOfBoundsException e) {
            throw corrupt(page, event, "malformed batch: " + e.getMessage());
        }
    }

    private HistorySlice.@Nullable Event event(int event, int page, byte[] key, byte[] bytes, long position) {
        int at = (int) (directory.firstEventPosition(page) - position);
        int batchEnd = at + directory.batchRest(page);
        int next = directory.firstEvent(page);
        long stamp = directory.stamp(page);
        boolean compressed = directory.beginsCompressed(page);
        while (true) {
            if (compressed) {
                if (event - next < Batch.count(bytes, at)) {
                    return ofCompressed(event, page, key, bytes, at);
                }
                next += Batch.count(bytes, at);
                at = batchEnd;
            } else {
                while (next < event && at < batchEnd) {
                    at = recordEnd(bytes, at);
                    next++;
                }
                if (at < batchEnd) {
                    int end = recordEnd(bytes, at);
                    if (end > batchEnd) {
                        throw corrupt(page, event, "record ends after its batch");
                    }
                    records.resetToRecord(bytes, at, end - at, section.baseOffset() + event, stamp);
                    records.next();
                    return records.hasKey(key) ? copy(records) : null;
                }
            }
            if (at > batchEnd) {
                throw corrupt(page, next, "record ends after its batch");
            }
            at = nextBatch(page, next, bytes, at);
            batchEnd = at + Batch.length(bytes, at);
            stamp = Batch.stamp(bytes, at);
            compressed = Batch.isCompressed(bytes, at);
            at += compressed ? 0 : Batch.HEADER_BYTES;
        }
    }

    /** Where the batch begins whose first event is {@code next}, when the one before it has ended. */
    private int nextBatch(int page, int next, byte[] bytes, int batchEnd) {
        long offset = section.baseOffset() + next;
        int at = batchEnd;
        if (index.baseOffset(index.blockOf(offset)) == offset) {
            at += ChunkFormat.BLOCK_HEADER_BYTES;
        }
        int length = Batch.length(bytes, at);
        if (Batch.offset(bytes, at) != offset || Batch.count(bytes, at) < 1 || length < Batch.HEADER_BYTES) {
            throw corrupt(
                    page,
                    next,
                    "batch of offset " + Batch.offset(bytes, at) + ", " + Batch.count(bytes, at) + " events and "
                            + length + " bytes");
        }
        return at;
    }

    /** An event of a compressed batch, which is decompressed once for events that are looked at one after the other. */
    private HistorySlice.@Nullable Event ofCompressed(int event, int page, byte[] key, byte[] bytes, int at) {
        long offset = section.baseOffset() + event;
        long first = Batch.offset(bytes, at);
        if (first > offset || first + Batch.count(bytes, at) <= offset) {
            throw corrupt(page, event, "batch of offset " + first + " and " + Batch.count(bytes, at) + " events");
        }
        if (first != decompressed) {
            decompressed = -1;
            ofBatch.reset(bytes, at);
            decompressed = first;
        } else if (ofBatch.offset() >= offset) {
            ofBatch.restart();
        }
        do {
            ofBatch.next();
        } while (ofBatch.offset() < offset);
        return ofBatch.hasKey(key) ? copy(ofBatch) : null;
    }

    /** A copy, because the pages take a multiple of the event. */
    private static HistorySlice.Event copy(Batch.Records of) {
        byte[] copy = Arrays.copyOfRange(of.bytes(), of.recordFrom(), of.recordTo());
        return new HistorySlice.Event(of.offset(), of.stamp(), copy, 0, copy.length);
    }

    /** Index after the record that begins at {@code at}. */
    private static int recordEnd(byte[] bytes, int at) {
        int length = 0;
        int index = at;
        for (int shift = 0; shift < 35; shift += 7) {
            byte next = bytes[index++];
            length |= (next & 0x7f) << shift;
            if (next >= 0) {
                break;
            }
        }
        int end = index + length;
        if (length < 1 || end < index || end > bytes.length) {
            throw new IndexOutOfBoundsException("record of " + length + " bytes");
        }
        return end;
    }

    private StrandlineException.Corrupt corrupt(int page, int event, String defect) {
        return ChunkFormat.corrupt(section, directory.pagePosition(page), section.baseOffset() + event, defect);
    }
}
