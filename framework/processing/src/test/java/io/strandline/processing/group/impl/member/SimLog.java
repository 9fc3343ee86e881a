package io.strandline.processing.group.impl.member;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.ScalingPolicy;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.impl.PartialLog;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A log of one stream in memory that scales, truncates, and is read in virtual time. */
final class SimLog {

    static final EventType TYPE = new EventType("number", 1);
    static final EventType OTHER_TYPE = new EventType("other", 1);

    /** Routing keys, each by a range that holds its hash. */
    private static final List<KeyRange> KEYS = KeyRange.equalRanges(24);

    final StreamName stream;
    final SimParking parking;
    private final SimTime time;
    final TreeMap<Long, Events> partitions = new TreeMap<>();
    private final List<Scaling> scalings = new ArrayList<>();
    /** Subscriber → partition → offset that it has consumed. */
    final SortedMap<String, SortedMap<Long, Long>> subscribers = new TreeMap<>();

    /** Bytes before the number in each event. */
    int paddingBytes;

    /** How often somebody noted what it has consumed. */
    int notes;

    /** What every question for the start of the stream fails with, or null. */
    @Nullable
    StrandlineException startFailure;

    private final List<Runnable> watchers = new ArrayList<>();
    private long nextPartition = 3;

    /** One partition: its n-th event has the number n, and the keys of its range take turns. */
    static final class Events {
        final PartitionDescription description;
        private final List<String> keys = new ArrayList<>();
        long start;
        long end;
        boolean sealed;

        Events(PartitionDescription description) {
            this.description = description;
            for (int i = 0; i < KEYS.size(); i++) {
                if (description.keys().contains(KEYS.get(i).from())) {
                    keys.add("key" + i);
                }
            }
        }

        @Nullable
        String key(long offset) {
            return keys.isEmpty() ? null : keys.get((int) (offset % keys.size()));
        }

        boolean isOfOtherType(long offset) {
            return offset % 11 == 3;
        }
    }

    SimLog(SimTime time, StreamName stream, int partitions) {
        this.time = time;
        this.stream = stream;
        this.parking = new SimParking(time);
        KeyRange.equalRanges(partitions).forEach(this::add);
    }

    private PartitionDescription add(KeyRange keys) {
        PartitionDescription description = new PartitionDescription(nextPartition++, 0, keys);
        partitions.put(description.id(), new Events(description));
        return description;
    }

    /** The partitions that take events. */
    List<Events> open() {
        return partitions.values().stream().filter(events -> !events.sealed).toList();
    }

    Events partition(long id) {
        Events events = partitions.get(id);
        if (events == null) {
            throw new AssertionError("no partition " + id);
        }
        return events;
    }

    void append(Events to, int count) {
        to.end += count;
        wake();
    }

    private void wake() {
        List<Runnable> woken = List.copyOf(watchers);
        watchers.clear();
        woken.forEach(Runnable::run);
    }

    /** Splits one partition, or merges two neighbours. */
    void scale(List<Events> parents, int children) {
        long from = parents.get(0).description.keys().from();
        long to = parents.get(parents.size() - 1).description.keys().to();
        List<PartitionDescription> opened = new ArrayList<>();
        if (children == 1) {
            opened.add(add(new KeyRange(from, to)));
        } else {
            long middle = from + Long.divideUnsigned(to - from, 2);
            opened.add(add(new KeyRange(from, middle)));
            opened.add(add(new KeyRange(middle + 1, to)));
        }
        List<SealedPartition> sealed = new ArrayList<>();
        for (Events parent : parents) {
            parent.sealed = true;
            sealed.add(new SealedPartition(parent.description, parent.end));
        }
        scalings.add(new Scaling(0, sealed, opened));
        wake();
    }

    /** True if a partition took over from another, or from one that did. */
    boolean isBehind(long later, long earlier) {
        return description().descendants(List.of(earlier)).contains(later);
    }

    StreamDescription description() {
        List<PartitionDescription> open = new ArrayList<>(
                open().stream().map(events -> events.description).toList());
        open.sort((a, b) -> Long.compareUnsigned(a.keys().from(), b.keys().from()));
        return new StreamDescription(stream, open, scalings);
    }

    StreamCut endCut() {
        TreeMap<Long, Long> cut = new TreeMap<>();
        open().forEach(events -> cut.put(events.description.id(), events.end));
        return new StreamCut(stream, cut);
    }

    /** Where a reader from the start begins: successors only where everything before them is removed. */
    StreamCut startCut() {
        TreeMap<Long, Long> cut = new TreeMap<>();
        partitions.forEach((id, events) -> {
            if (description().predecessors(id).isEmpty()) {
                cut.put(id, events.start);
            }
        });
        for (Scaling scaling : scalings) {
            boolean removed = scaling.sealed().stream()
                    .allMatch(parent -> cut.getOrDefault(parent.partition().id(), -1L) == parent.endOffset());
            if (removed) {
                scaling.sealed().forEach(parent -> cut.remove(parent.partition().id()));
                scaling.opened().forEach(child -> cut.put(child.id(), partition(child.id()).start));
            }
        }
        return new StreamCut(stream, cut);
    }

    /** The log as one process uses it. */
    Strandline usedBy(SimProcess process) {
        return new Use(process);
    }

    private static boolean isParking(String name) {
        return name.equals(SimParking.NAME.toString());
    }

    private final class Use extends PartialLog {

        private final SimProcess process;

        Use(SimProcess process) {
            this.process = process;
        }

        private <T> Future<T> answer(Supplier<T> call) {
            Promise<T> answer = Promise.promise();
            time.after(time.pause(), process, () -> {
                try {
                    T result = call.get();
                    time.after(time.pause(), process, () -> answer.complete(result));
                } catch (StrandlineException e) {
                    answer.fail(e);
                }
            });
            return answer.future();
        }

        @Override
        public <E> Future<EventReader<E>> subscribe(String name, EventCodec<E> codec, ReaderOptions options) {
            StreamCut cut = ((StartPosition.Cut) options.getFrom()).cut();
            return answer(() -> {
                long id = cut.offsets().firstKey();
                Events events = partition(id);
                requireKept(events, cut.offset(id));
                return new SimReader<>(SimLog.this, process, events, cut.offset(id), codec);
            });
        }

        private void requireKept(Events events, long offset) {
            if (offset > events.end) {
                throw new StrandlineException.Invalid("offset " + offset + " is past the end");
            }
            if (offset < events.start) {
                throw new StrandlineException.Truncated("offset " + offset + " is before " + events.start);
            }
        }

        @Override
        public Future<StreamDescription> describe(String name) {
            return answer(() -> isParking(name) ? parking.description() : SimLog.this.description());
        }

        @Override
        public Future<StreamCut> startCut(String name) {
            return answer(() -> {
                StrandlineException failure = startFailure;
                if (failure != null) {
                    throw failure;
                }
                return isParking(name) ? parking.startCut() : SimLog.this.startCut();
            });
        }

        @Override
        public Future<StreamCut> endCut(String name) {
            return answer(() -> isParking(name) ? parking.endCut() : SimLog.this.endCut());
        }

        @Override
        public Future<StreamPolicies> policies(String stream) {
            return answer(() -> new StreamPolicies(ScalingPolicy.fixed(), Retention.everything()));
        }

        @Override
        public Future<Long> stampsAheadMillis(String name) {
            return answer(() -> 0L);
        }

        @Override
        public Future<Void> commitConsumed(String name, String subscriber, StreamCut consumed) {
            return this.<Boolean>answer(() -> {
                        notes++;
                        SortedMap<Long, Long> known = subscribers.computeIfAbsent(subscriber, none -> new TreeMap<>());
                        consumed.offsets().forEach((id, offset) -> known.merge(id, offset, Math::max));
                        return true;
                    })
                    .mapEmpty();
        }

        @Override
        public Future<Boolean> forgetSubscriber(String name, String subscriber) {
            return answer(() -> subscribers.remove(subscriber) != null);
        }

        @Override
        public Future<SortedMap<String, StreamCut>> subscribers(String name) {
            return answer(() -> {
                SortedMap<String, StreamCut> cuts = new TreeMap<>();
                subscribers.forEach((subscriber, offsets) -> cuts.put(subscriber, new StreamCut(stream, offsets)));
                return cuts;
            });
        }

        // ---- the parking stream

        @Override
        public Future<Boolean> createScope(String scope) {
            return answer(() -> false);
        }

        @Override
        public Future<StreamDescription> createStream(String name, StreamOptions options) {
            return answer(() -> new StreamDescription(SimParking.NAME, List.of()));
        }

        @Override
        @SuppressWarnings("unchecked") // nothing but parked events is written
        public <E> Future<EventWriter<E>> createWriter(String name, EventCodec<E> codec, WriterOptions options) {
            return answer(() -> (EventWriter<E>) parking.writer(process, options.getId()));
        }

        @Override
        @SuppressWarnings("unchecked") // nothing but parked events is read to an end
        public <E> Future<EventReader<E>> read(String name, EventCodec<E> codec, ReaderOptions options) {
            return answer(() -> (EventReader<E>) parking.reader(process, options));
        }

        @Override
        public Future<Void> truncate(String name, StreamCut before) {
            return this.<Boolean>answer(() -> {
                        parking.truncate(before);
                        return true;
                    })
                    .mapEmpty();
        }
    }

    void watch(Runnable watcher) {
        watchers.add(watcher);
    }
}
