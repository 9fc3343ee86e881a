package io.strandline.processing.group.impl.member;

import io.strandline.Appended;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.KeyRange;
import io.strandline.NewEvent;
import io.strandline.OnTruncated;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.WriterMark;
import io.strandline.processing.group.impl.feed.ParkingEntry;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.feed.ParkingEntry.Settled;
import io.strandline.processing.group.impl.state.GroupNames;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The parking stream of a simulated group: writers have epochs, and a sequence is taken once, as in a log. */
final class SimParking {

    static final StreamName NAME = GroupNames.parking(StreamName.parse("sim/group"));
    private static final long PARTITION = 1;

    private final SimTime time;
    private final SimProcess nobody;
    private final List<ParkingEntry> entries = new ArrayList<>();
    private final TreeMap<Long, Parked> open = new TreeMap<>();
    private final Map<String, Long> epochs = new HashMap<>();
    private final Map<String, Sequence> lasts = new HashMap<>();
    /** Writer → where its newest event is. */
    private final Map<String, Long> offsets = new HashMap<>();

    private long start;

    /** Sees each event that is parked. */
    Consumer<Parked> observer = parked -> {};
    /** False to take what is repeated, so that a test can prove that this matters. */
    boolean dedup = true;

    SimParking(SimTime time) {
        this.time = time;
        this.nobody = new SimProcess(time);
    }

    /** The parked events that were neither replayed nor dropped. */
    SortedMap<Long, Parked> open() {
        return open;
    }

    StreamCut endCut() {
        return StreamCut.of(NAME, PARTITION, entries.size());
    }

    void truncate(StreamCut before) {
        start = Math.max(start, before.offset(PARTITION));
    }

    /** A writer with an id fences those before it. */
    EventWriter<ParkingEntry> writer(SimProcess process, @Nullable String id) {
        return new Writer(process, id, id == null ? 0 : epochs.merge(id, 1L, Long::sum));
    }

    EventReader<ParkingEntry> reader(SimProcess process, ReaderOptions options) {
        StartPosition from = options.getFrom();
        long first = from instanceof StartPosition.Cut cut ? cut.cut().offset(PARTITION) : start;
        if (first < start && options.getOnTruncated() == OnTruncated.SKIP) {
            first = start;
        }
        if (first < start) {
            throw new StrandlineException.Truncated("offset " + first + " is before " + start);
        }
        return new Reader(process, first);
    }

    StreamCut startCut() {
        return StreamCut.of(NAME, PARTITION, start);
    }

    StreamDescription description() {
        return new StreamDescription(
                NAME,
                List.of(new PartitionDescription(
                        PARTITION, 0, KeyRange.equalRanges(1).get(0))));
    }

    private long take(ParkingEntry entry) {
        long offset = entries.size();
        entries.add(entry);
        if (entry instanceof Parked parked) {
            open.put(offset, parked);
            observer.accept(parked);
        } else if (entry instanceof Settled settled) {
            open.remove(settled.parkedAt());
        }
        return offset;
    }

    private final class Reader extends SimEventReader<ParkingEntry> {
        private final SimProcess process;
        private final long end = entries.size();
        private long position;

        Reader(SimProcess process, long from) {
            super(NAME);
            this.process = process;
            this.position = from;
        }

        @Override
        void schedule() {
            time.after(time.pause(), process, () -> {
                while (!closed && handler != null && position < end) {
                    ParkingEntry entry = entries.get((int) position);
                    handler.handle(
                            new EventRecord<>(PARTITION, position++, 0, null, ParkingEntry.CODEC.typeOf(entry), entry));
                }
                if (!closed) {
                    end();
                }
            });
        }

        @Override
        public StreamCut position() {
            return StreamCut.of(NAME, PARTITION, position);
        }
    }

    private final class Writer implements EventWriter<ParkingEntry> {
        private final SimProcess process;
        private final @Nullable String id;
        private final long epoch;

        Writer(SimProcess process, @Nullable String id, long epoch) {
            this.process = process;
            this.id = id;
            this.epoch = epoch;
        }

        /** What was sent arrives, whatever becomes of its sender. */
        private Future<Appended> send(Supplier<Appended> call) {
            Promise<Appended> answer = Promise.promise();
            time.after(time.pause(), nobody, () -> {
                Promise<Appended> done = Promise.promise();
                try {
                    done.complete(call.get());
                } catch (StrandlineException e) {
                    done.fail(e);
                }
                time.after(time.pause(), process, () -> done.future().onComplete(answer));
            });
            return answer.future();
        }

        @Override
        public Future<Appended> append(@Nullable String key, ParkingEntry event, Sequence sequence) {
            String writer = String.valueOf(id);
            return send(() -> {
                if (epochs.getOrDefault(writer, 0L) > epoch) {
                    throw new StrandlineException.Fenced("writer " + id + " has a newer epoch than " + epoch);
                }
                Sequence last = lasts.getOrDefault(writer, Sequence.NONE);
                if (dedup && sequence.compareTo(last) <= 0) {
                    return new Appended(PARTITION, offsets.getOrDefault(writer, 0L), true);
                }
                lasts.put(writer, sequence);
                offsets.put(writer, take(event));
                return new Appended(PARTITION, entries.size() - 1, false);
            });
        }

        @Override
        public Future<Appended> appendBatch(@Nullable String key, List<ParkingEntry> events) {
            return send(() -> {
                long first = entries.size();
                events.forEach(SimParking.this::take);
                return new Appended(PARTITION, first, false);
            });
        }

        @Override
        public Future<Void> barrier() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> end() {
            return Future.succeededFuture();
        }

        @Override
        public StreamName stream() {
            return NAME;
        }

        @Override
        public Future<Appended> append(@Nullable String key, ParkingEntry event) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long claimGeneration() {
            return 0;
        }

        @Override
        public long failedAppends() {
            throw new UnsupportedOperationException("not simulated");
        }

        @Override
        public @Nullable StrandlineException firstFailure() {
            throw new UnsupportedOperationException("not simulated");
        }

        @Override
        public Sequence lastKnown() {
            return Sequence.NONE;
        }

        @Override
        public SortedMap<Long, WriterMark> marks(Sequence next) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Appended> append(NewEvent<ParkingEntry> event) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Appended> appendBatch(@Nullable String key, List<ParkingEntry> events, Headers headers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Appended> appendIf(String key, List<ParkingEntry> events, long expectedOffset, Headers headers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Appended> appendIfUnchanged(
                String key, List<ParkingEntry> events, StreamCut since, List<KeyCondition> others, Headers headers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Appended> appendIf(String key, List<ParkingEntry> events, long expectedOffset) {
            return send(() -> {
                if (entries.size() != expectedOffset) {
                    throw new StrandlineException.Conflict("the end is " + entries.size());
                }
                events.forEach(SimParking.this::take);
                return new Appended(PARTITION, expectedOffset, false);
            });
        }

        @Override
        public Future<Void> flush() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> write(NewEvent<ParkingEntry> event) {
            throw new UnsupportedOperationException();
        }

        @Override
        public EventWriter<ParkingEntry> setWriteQueueMaxSize(int maxSize) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean writeQueueFull() {
            throw new UnsupportedOperationException();
        }

        @Override
        public EventWriter<ParkingEntry> drainHandler(@Nullable Handler<Void> handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public EventWriter<ParkingEntry> exceptionHandler(@Nullable Handler<Throwable> handler) {
            throw new UnsupportedOperationException();
        }
    }
}
