package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEvent;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEventHandler;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.processing.pipeline.impl.task.ParkingEntry.Owned;
import io.strandline.processing.pipeline.impl.task.ParkingEntry.Parked;
import io.strandline.processing.pipeline.impl.task.ParkingEntry.Settled;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The stream with the parked events of one pipeline, of all its stages, in one partition. A task appends to it as to its sinks, under the number of
 * the step, so an event is parked once. Later entries say which events were replayed or dropped. The stream is cut where no
 * earlier event is open.
 *
 * <pre>
 *  start                                                        end
 *  | of balances | parked | parked | settled 1 | parked |
 *    whose it is            ▲ open              ▲ open
 * </pre>
 *
 * <p>Every entry names its pipeline, and the last one is never cut, so a stream that is not empty names its owner. Belongs to
 * one context.
 */
public final class Parking {

    /** Most entries of the stream that are looked through: one bit of memory for each. */
    private static final int MAX_ENTRIES = 1 << 30;

    /** Events that are dropped at a time. */
    private static final int DROPPED_TOGETHER = 500;

    private final Strandline log;
    private final Pipeline pipeline;
    private final StreamName stream;

    private Parking(Strandline log, Pipeline pipeline, StreamName stream) {
        this.log = log;
        this.pipeline = pipeline;
        this.stream = stream;
    }

    /** The stream that the options name, or the pipeline's own one in the reserved scope. */
    public static Parking of(Strandline log, Pipeline pipeline, @Nullable String named) {
        StreamName stream = named == null
                ? new StreamName(StreamName.RESERVED_SCOPE, "parked-" + pipeline.name())
                : StreamName.parse(named);
        if (stream.equals(pipeline.source()) || pipeline.sinks().contains(stream)) {
            throw new StrandlineException.Invalid(
                    "parkingStream is " + stream + ", which is the source or a sink of " + pipeline);
        }
        return new Parking(log, pipeline, stream);
    }

    public StreamName stream() {
        return stream;
    }

    /** The pipeline whose events it takes. */
    String owner() {
        return pipeline.name();
    }

    /** What a task appends to. */
    Operator.Target target() {
        return new Operator.Target(stream, ParkingEntry.CODEC);
    }

    // ---- whose it is

    /** Whether the stream exists. */
    public Future<Boolean> exists() {
        return log.catalog()
                .describe(stream.toString())
                .map(true)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }

    /**
     * Creates the stream unless it exists, and makes it the pipeline's unless it is. Fails with Conflict if it is another
     * pipeline's, holds other events, or has several partitions.
     */
    public Future<Void> prepare() {
        return create().compose(created -> partition())
                .compose(partition -> firstOwner())
                .compose(owner -> owner == null ? claim() : requireOwn(owner));
    }

    private Future<?> create() {
        String name = stream.toString();
        return stream.isReserved()
                ? log.catalog().createReserved(name, new StreamOptions())
                : log.catalog().createScope(stream.scope()).compose(scope -> log.catalog()
                        .createStream(name, new StreamOptions()));
    }

    private Future<Long> partition() {
        return log.catalog()
                .describe(stream.toString())
                .compose(description -> description.partitions().size() == 1
                        ? Future.succeededFuture(description.partitions().get(0).id())
                        : Future.failedFuture(new StrandlineException.Conflict("stream " + stream + " has "
                                + description.partitions().size() + " partitions, a parking stream must have 1")));
    }

    /** Who wrote the first entry, or null if there is none. */
    private Future<@Nullable String> firstOwner() {
        Deque<String> first = new ArrayDeque<>();
        return read(StartPosition.start(), entry -> {
                    first.add(entry.event().pipeline());
                    return false;
                })
                .map(read -> first.peek())
                .recover(cause -> StrandlineException.isTransient(cause)
                        ? Future.failedFuture(cause)
                        : Future.failedFuture(new StrandlineException.Conflict(
                                "stream " + stream + " holds other events than parked ones: " + cause.getMessage())));
    }

    /** Of several that do this at a time, the first has the stream. */
    private Future<Void> claim() {
        return append(List.of(new Owned(pipeline.name())))
                .compose(appended -> firstOwner())
                .compose(this::requireOwn);
    }

    private Future<Void> requireOwn(@Nullable String owner) {
        return pipeline.name().equals(owner)
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Conflict("stream " + stream
                        + " takes the parked events of pipeline " + owner + ", and not of " + pipeline));
    }

    // ---- what it holds

    /** The parked events that were neither replayed nor dropped, when the stream was looked through. */
    private static final class Open {

        private final StreamCut start;
        private final long partition;
        private final long from;
        private final BitSet bits = new BitSet();
        /** Offset after the last entry that was looked at. */
        private long end;

        Open(StreamCut start, long partition) {
            this.start = start;
            this.partition = partition;
            this.from = start.offset(partition);
            this.end = from;
        }

        boolean contains(long offset) {
            return offset >= from && offset < end && bits.get((int) (offset - from));
        }
    }

    /** Looks the whole stream through for what is open. */
    private Future<Open> open() {
        return partition()
                .compose(partition -> log.catalog().startCut(stream.toString()).compose(start -> {
                    Open open = new Open(start, partition);
                    return read(StartPosition.at(start), entry -> look(open, entry))
                            .map(open);
                }));
    }

    private boolean look(Open open, EventRecord<ParkingEntry> entry) {
        long at = entry.offset();
        if (at - open.from >= MAX_ENTRIES) {
            throw new StrandlineException.Overloaded(
                    "more than " + MAX_ENTRIES + " entries are in " + stream + ", the limit");
        }
        open.end = at + 1;
        if (entry.event() instanceof Parked) {
            open.bits.set((int) (at - open.from));
        } else if (entry.event() instanceof Settled settled && settled.parkedAt() >= open.from) {
            open.bits.clear((int) (settled.parkedAt() - open.from));
        }
        return true;
    }

    /** Reads entries until the visitor returns false. */
    private Future<Void> read(StartPosition from, Predicate<EventRecord<ParkingEntry>> visitor) {
        return log.read(stream.toString(), ParkingEntry.CODEC, new ReaderOptions().setFrom(from))
                .compose(reader -> {
                    Promise<Void> all = Promise.promise();
                    reader.exceptionHandler(all::tryFail);
                    reader.endHandler(ended -> all.tryComplete());
                    reader.handler(entry -> {
                        if (!all.future().isComplete()) {
                            visit(entry, visitor, all);
                        }
                    });
                    return all.future().eventually(reader::close);
                });
    }

    private static void visit(
            EventRecord<ParkingEntry> entry, Predicate<EventRecord<ParkingEntry>> visitor, Promise<Void> all) {
        try {
            if (!visitor.test(entry)) {
                all.tryComplete();
            }
        } catch (StrandlineException e) {
            all.tryFail(e);
        }
    }

    /** The parked events after an id that are open, up to a limit. */
    private Future<Map<Long, Parked>> page(Open open, long after, int limit) {
        Map<Long, Parked> page = new TreeMap<>();
        long next = after >= open.end ? -1 : open.bits.nextSetBit((int) Math.max(0, after + 1 - open.from));
        if (next < 0) {
            return Future.succeededFuture(page);
        }
        StartPosition from = StartPosition.at(StreamCut.of(stream, open.partition, open.from + next));
        return read(from, entry -> {
                    if (entry.event() instanceof Parked parked && open.contains(entry.offset())) {
                        page.put(entry.offset(), parked);
                    }
                    return page.size() < limit && entry.offset() + 1 < open.end;
                })
                .map(page);
    }

    // ---- list, replay, drop

    /** As {@link io.strandline.processing.pipeline.RunningPipeline#parked(long, int)}. */
    public Future<List<ParkedEvent>> list(long after, int limit) {
        return exists().compose(exists -> exists
                ? open().compose(open -> page(open, after, limit)).map(this::listed)
                : Future.succeededFuture(List.of()));
    }

    private List<ParkedEvent> listed(Map<Long, Parked> page) {
        List<ParkedEvent> events = new ArrayList<>();
        page.forEach((id, parked) -> events.add(new ParkedEvent(
                id,
                parked.streamName(),
                parked.partition(),
                parked.offset(),
                parked.key(),
                parked.eventType(),
                parked.cause())));
        return events;
    }

    /** As {@link io.strandline.processing.pipeline.RunningPipeline#replay}. Keys stay held. */
    public <E> Future<Integer> replay(Collection<Long> ids, EventCodec<E> codec, ParkedEventHandler<E> handler) {
        return exists().compose(exists -> exists
                ? open().compose(open -> replay(open, chosen(open, ids), 0, codec, handler))
                : Future.succeededFuture(0));
    }

    private static Deque<Long> chosen(Open open, Collection<Long> ids) {
        Deque<Long> chosen = new ArrayDeque<>(new TreeSet<>(ids));
        chosen.removeIf(id -> !open.contains(id));
        return chosen;
    }

    private <E> Future<Integer> replay(
            Open open, Deque<Long> left, int done, EventCodec<E> codec, ParkedEventHandler<E> handler) {
        Long next = left.poll();
        if (next == null) {
            return Future.succeededFuture(done);
        }
        return page(open, next - 1, 1)
                .compose(page -> hand(Objects.requireNonNull(page.get(next)), codec, handler))
                .compose(processed -> append(List.of(new Settled(pipeline.name(), next, false))))
                .compose(settled -> replay(open, left, done + 1, codec, handler));
    }

    private <E> Future<?> hand(Parked parked, EventCodec<E> codec, ParkedEventHandler<E> handler) {
        EventRecord<Buffer> event = parked.event();
        return (event == null
                        ? RawEvent.read(log, parked.streamName(), parked.partition(), parked.offset())
                        : Future.succeededFuture(event))
                .compose(raw -> hand(raw, codec, handler));
    }

    private static <E> Future<?> hand(EventRecord<Buffer> raw, EventCodec<E> codec, ParkedEventHandler<E> handler) {
        return UserCode.future("the handler of a replay", () -> {
            byte[] bytes = raw.event().getBytes();
            E event;
            try {
                event = codec.decode(raw.type(), bytes, 0, bytes.length);
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
            return handler.handle(new EventRecord<>(
                            raw.partition(), raw.offset(), raw.stamp(), raw.key(), raw.type(), raw.headers(), event))
                    .map(handled -> null);
        });
    }

    /** As {@link io.strandline.processing.pipeline.RunningPipeline#dropParked}. Keys stay held. */
    public Future<Integer> drop(Collection<Long> ids) {
        return exists().compose(exists -> exists
                ? open().compose(open -> drop(new ArrayList<>(chosen(open, ids)), 0))
                : Future.succeededFuture(0));
    }

    private Future<Integer> drop(List<Long> ids, int from) {
        if (from >= ids.size()) {
            return Future.succeededFuture(ids.size());
        }
        int to = Math.min(ids.size(), from + DROPPED_TOGETHER);
        return append(ids.subList(from, to).stream()
                        .<ParkingEntry>map(id -> new Settled(pipeline.name(), id, true))
                        .toList())
                .compose(settled -> drop(ids, to));
    }

    private Future<Void> append(List<ParkingEntry> entries) {
        return log.createWriter(stream.toString(), ParkingEntry.CODEC, new WriterOptions())
                .compose(writer -> Future.join(entries.stream()
                                .map(entry -> writer.append(pipeline.name(), entry))
                                .toList())
                        .<Void>mapEmpty()
                        .eventually(writer::end));
    }

    // ---- held keys

    /** Those of the keys that have no open event. Everything that was parked of them before the call must be durable. */
    public Future<List<Held>> free(StreamName source, Collection<Held> held) {
        Set<String> open = new HashSet<>();
        return open().compose(of -> read(StartPosition.at(of.start), entry -> {
                    String key = entry.event() instanceof Parked parked
                                    && of.contains(entry.offset())
                                    && parked.stream().equals(source.toString())
                            ? parked.key()
                            : null;
                    if (key != null) {
                        open.add(key);
                    }
                    return entry.offset() + 1 < of.end;
                })
                .map(read ->
                        held.stream().filter(key -> !open.contains(key.key())).toList()));
    }

    /** Removes settled events from the start of the stream, and never the last entry, which names its owner. */
    public Future<Void> cut() {
        return exists().compose(exists -> exists ? cutSettled() : Future.succeededFuture());
    }

    private Future<Void> cutSettled() {
        return open().compose(open -> {
            int first = open.bits.nextSetBit(0);
            long before = first < 0 ? open.end - 1 : Math.min(open.from + first, open.end - 1);
            return before <= open.from
                    ? Future.succeededFuture()
                    : log.catalog().truncate(stream.toString(), StreamCut.of(stream, open.partition, before));
        });
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
