package io.strandline.log.impl.chunk;

import io.strandline.log.spi.ChunkStorage;
import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Finds the events of one key in a section: reads directory, leaf, and then only the pages that hold those events. A
 * section of the first version is scanned.
 *
 * <p>{@link #read} is called on the shard's executor only. Its futures complete on a thread of the storage.
 */
final class SectionHistory {

    /** Bytes of pages, or of blocks to be scanned, that one step fetches. More if one event or block is larger. */
    static final int STEP_BYTES = 512 * 1024;

    private final ChunkStorage storage;
    private final KeyDirectoryCache directories;
    private final HashFunction hashes;

    SectionHistory(ChunkStorage storage, KeyDirectoryCache directories, HashFunction hashes) {
        this.storage = storage;
        this.directories = directories;
        this.hashes = hashes;
    }

    /** See {@link ChunkReader#history}. */
    Future<HistorySlice> read(ChunkSection section, HistoryRequest request) {
        return directories.get(section).compose(keys -> {
            KeyDirectory directory = keys.directory();
            return directory == null
                    ? scan(section, keys.index(), request)
                    : lookUp(section, keys.index(), directory, request);
        });
    }

    private Future<HistorySlice> lookUp(
            ChunkSection section, SectionIndex index, KeyDirectory directory, HistoryRequest request) {
        byte[] key = request.key();
        long hash = hashes.of(key, 0, key.length);
        if (!directory.mayHold(hash)) {
            return Future.succeededFuture(nothing(section, request));
        }
        int leaf = directory.leafOf(hash);
        return ChunkReader.readPart(
                        storage,
                        section,
                        directory.leafPosition(leaf),
                        directory.leafLength(leaf),
                        section.baseOffset())
                .compose(bytes -> {
                    int[] events = list(section, directory, leaf, bytes, hash, request);
                    return events.length == 0
                            ? Future.succeededFuture(nothing(section, request))
                            : new Lookup(section, index, directory, request, events).step();
                });
    }

    private static int[] list(
            ChunkSection section, KeyDirectory directory, int leaf, byte[] bytes, long hash, HistoryRequest request) {
        String defect = directory.leafDefect(leaf, bytes, 0, new CRC32C());
        if (defect != null) {
            throw ChunkFormat.corrupt(section, directory.leafPosition(leaf), section.baseOffset(), defect);
        }
        long base = section.baseOffset();
        int from = (int) (Math.max(request.from(), base) - base);
        int to = (int) (Math.min(request.to(), section.endOffset()) - base);
        try {
            return KeyDirectory.list(bytes, hash, from, to);
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw ChunkFormat.corrupt(section, directory.leafPosition(leaf), base, "malformed leaf: " + e.getMessage());
        }
    }

    /** The whole section has no event of the key. */
    private static HistorySlice nothing(ChunkSection section, HistoryRequest request) {
        return left(section, request, List.of());
    }

    /** What a request leaves after a section: from its end on, or back from its beginning. */
    private static HistorySlice left(ChunkSection section, HistoryRequest request, List<HistorySlice.Event> events) {
        return request.isForward()
                ? new HistorySlice(Math.min(section.endOffset(), request.to()), request.to(), events)
                : new HistorySlice(request.from(), Math.max(section.baseOffset(), request.from()), events);
    }

    private Future<HistorySlice> scan(ChunkSection section, SectionIndex index, HistoryRequest request) {
        int first;
        int end;
        if (request.isForward()) {
            first = index.blockOf(request.from());
            end = index.endOfRun(first, STEP_BYTES);
        } else {
            end = index.blockOf(request.to() - 1) + 1;
            first = end - 1;
            while (first > 0 && index.bytesOfRun(first - 1, end) <= STEP_BYTES) {
                first--;
            }
        }
        long low = Math.max(request.from(), index.baseOffset(first));
        long high = Math.min(request.to(), index.endOffset(end - 1));
        return ChunkReader.readBlocks(storage, section, index, first, end, index.baseOffset(first))
                .map(segments -> {
                    BatchRun batches = new BatchRun();
                    segments.forEach(segment -> {
                        for (int at = segment.from(); at < segment.to(); at += Batch.length(segment.bytes(), at)) {
                            batches.add(segment.bytes(), at);
                        }
                    });
                    return KeyScan.scan(batches, request, low, high);
                });
    }

    /** One request in one section, step by step. Some of its events may have other keys of the same hash. */
    private final class Lookup {

        private final ChunkSection section;
        private final KeyDirectory directory;
        private final HistoryRequest request;
        private final int[] events;

        /** The page in which each event begins, as far as the steps have come. */
        private final int[] pages;

        private final PageReading reading;
        private final List<HistorySlice.Event> found = new ArrayList<>();
        private long bytes;

        /** Events that were looked at, in the direction of the request. */
        private int looked;

        Lookup(ChunkSection section, SectionIndex index, KeyDirectory directory, HistoryRequest request, int[] events) {
            this.section = section;
            this.directory = directory;
            this.request = request;
            this.events = events;
            this.pages = new int[events.length];
            this.reading = new PageReading(section, index, directory);
        }

        Future<HistorySlice> step() {
            int stepEnd = stepEnd();
            List<PageReading.Run> runs = new ArrayList<>(stepEnd - looked);
            for (int i = looked; i < stepEnd; i++) {
                // Reads go up in the file, whichever way the request goes.
                int number = number(request.isForward() ? i : looked + stepEnd - 1 - i);
                reading.need(runs, events[number], pages[number]);
            }
            return ChunkReader.readParts(storage, section, reading.ranges(runs), offset(events[number(looked)]))
                    .compose(parts -> {
                        reading.take(runs, parts);
                        while (looked < stepEnd && bytes < request.maxBytes()) {
                            look(number(looked));
                            looked++;
                        }
                        return looked < events.length && bytes < request.maxBytes()
                                ? step()
                                : Future.succeededFuture(answer());
                    });
        }

        /** How far the next step goes: as many events as stand in pages of {@link #STEP_BYTES}, and one at least. */
        private int stepEnd() {
            long count = 0;
            int end = looked;
            while (end < events.length) {
                int number = number(end);
                int page = directory.pageOf(events[number]);
                pages[number] = page;
                count += directory.lastPageOf(events[number], page) - page + 1;
                if (end > looked && count * PageTable.PAGE_BYTES > STEP_BYTES) {
                    break;
                }
                end++;
            }
            return end;
        }

        private void look(int number) {
            HistorySlice.Event read = reading.event(events[number], pages[number], request.key());
            if (read != null) {
                found.add(read);
                bytes += read.length();
            }
        }

        private HistorySlice answer() {
            if (looked == events.length) {
                return left(section, request, found);
            }
            return request.isForward()
                    ? new HistorySlice(offset(events[number(looked)]), request.to(), found)
                    : new HistorySlice(request.from(), offset(events[number(looked)]) + 1, found);
        }

        /** Index of the event that is looked at as {@code nth}. */
        private int number(int nth) {
            return request.isForward() ? nth : events.length - 1 - nth;
        }

        private long offset(int event) {
            return section.baseOffset() + event;
        }
    }
}
