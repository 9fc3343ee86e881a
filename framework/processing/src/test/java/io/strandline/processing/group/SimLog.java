package io.strandline.processing.group;

import io.strandline.Catalog;
import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventType;
import io.strandline.EventWriter;
import io.strandline.HistoryOptions;
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
import io.strandline.Transactions;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/** A log of one stream in memory that scales, truncates, and is read in virtual time. */
final class SimLog {

    static final EventType TYPE = new EventType("number", 1);
    static final EventType OTHER_TYPE = new EventType("other", 1);

    final StreamName stream;
    private final SimTime time;
    final TreeMap<Long, Events> partitions = new TreeMap<>();
    private final List<Scaling> scalings = new ArrayList<>();
    private final List<Runnable> watchers = new ArrayList<>();
    private long nextPartition = 3;

    /** One partition: its n-th event has the number n. */
    static final class Events {
        final PartitionDescription description;
        long start;
        long end;
        boolean sealed;

        Events(PartitionDescription description) {
            this.description = description;
        }
    }

    SimLog(SimTime time, StreamName stream, int partitions) {
        this.time = time;
        this.stream = stream;
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

    private final class Use implements Strandline, Catalog {

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
        public Catalog catalog() {
            return this;
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
            return answer(SimLog.this::description);
        }

        @Override
        public Future<StreamCut> startCut(String name) {
            return answer(SimLog.this::startCut);
        }

        @Override
        public Future<StreamCut> endCut(String name) {
            return answer(SimLog.this::endCut);
        }

        @Override
        public Future<Void> noteConsumed(String name, String subscriber, StreamCut consumed) {
            return Future.succeededFuture();
        }

        @Override
        public <E> Future<EventWriter<E>> createWriter(String name, EventCodec<E> codec, WriterOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <E> Future<EventReader<E>> read(String name, EventCodec<E> codec, ReaderOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Transactions transactions() {
            throw new UnsupportedOperationException();
        }

        @Override
        public <E> Future<EventReader<E>> history(
                String name, String key, EventCodec<E> codec, HistoryOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> close() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Boolean> createScope(String scope) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> deleteScope(String scope) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<List<String>> scopes() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<StreamDescription> createStream(String name, StreamOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<List<StreamName>> streams(String scope) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> deleteStream(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> truncate(String name, StreamCut before) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<StreamDescription> scale(String name, Set<Long> seal, List<KeyRange> open) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> setScaling(String name, ScalingPolicy policy) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> setRetention(String name, Retention retention) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Boolean> forgetSubscriber(String name, String subscriber) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<SortedMap<String, StreamCut>> subscribers(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Void> retireWriter(String name, String writerId) {
            throw new UnsupportedOperationException();
        }
    }

    void watch(Runnable watcher) {
        watchers.add(watcher);
    }
}
