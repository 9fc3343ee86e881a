package io.strandline.log.impl.chunk;

import io.strandline.spi.Batch;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.HistorySlice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds the events of one key in batches without an index: in memory, or in a chunk that was written without one. */
public final class KeyScan {

    private final HistoryRequest request;
    private final long low;
    private final long high;
    private final Batch.Records records = new Batch.Records();
    private final List<HistorySlice.Event> found = new ArrayList<>();
    private long bytes;

    private KeyScan(HistoryRequest request, long low, long high) {
        this.request = request;
        this.low = low;
        this.high = high;
    }

    /**
     * Scans the offsets from {@code low} to before {@code high}. The batches hold all of them. The slice leaves the part
     * of the request beyond these offsets, or from where enough was found.
     *
     * @throws io.strandline.StrandlineException.Corrupt if a batch is malformed
     */
    public static HistorySlice scan(BatchRun batches, HistoryRequest request, long low, long high) {
        KeyScan scan = new KeyScan(request, low, high);
        return request.isForward() ? scan.forward(batches) : scan.backward(batches);
    }

    private HistorySlice forward(BatchRun batches) {
        for (int i = 0; i < batches.size(); i++) {
            for (HistorySlice.Event event : ofBatch(batches, i)) {
                if (!add(event)) {
                    return new HistorySlice(event.offset(), request.to(), found);
                }
            }
        }
        return new HistorySlice(high, request.to(), found);
    }

    private HistorySlice backward(BatchRun batches) {
        for (int i = batches.size() - 1; i >= 0; i--) {
            List<HistorySlice.Event> events = ofBatch(batches, i);
            for (int event = events.size() - 1; event >= 0; event--) {
                if (!add(events.get(event))) {
                    return new HistorySlice(request.from(), events.get(event).offset() + 1, found);
                }
            }
        }
        return new HistorySlice(request.from(), low, found);
    }

    /** False if enough was found before. */
    private boolean add(HistorySlice.Event event) {
        if (bytes >= request.maxBytes()) {
            return false;
        }
        bytes += event.length();
        found.add(event);
        return true;
    }

    private List<HistorySlice.Event> ofBatch(BatchRun batches, int index) {
        records.reset(batches.array(index), batches.at(index));
        List<HistorySlice.Event> events = new ArrayList<>();
        while (records.hasNext()) {
            records.next();
            if (records.offset() >= low && records.offset() < high && records.hasKey(request.key())) {
                events.add(event());
            }
        }
        return events;
    }

    /** By reference to its batch. A copy if the batch is compressed, because the next one takes its place. */
    private HistorySlice.Event event() {
        int from = records.recordFrom();
        int length = records.recordTo() - from;
        return records.isDecompressed()
                ? new HistorySlice.Event(
                        records.offset(),
                        records.stamp(),
                        Arrays.copyOfRange(records.bytes(), from, from + length),
                        0,
                        length)
                : new HistorySlice.Event(records.offset(), records.stamp(), records.bytes(), from, length);
    }
}
