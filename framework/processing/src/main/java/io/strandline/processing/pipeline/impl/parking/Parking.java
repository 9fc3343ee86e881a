package io.strandline.processing.pipeline.impl.parking;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.impl.ParkingLog;
import io.strandline.processing.impl.ParkingLog.Open;
import io.strandline.processing.pipeline.Operator;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEvent;
import io.strandline.processing.pipeline.RunningPipeline.ParkedEventHandler;
import io.strandline.processing.pipeline.impl.parking.ParkingEntry.Owned;
import io.strandline.processing.pipeline.impl.parking.ParkingEntry.Parked;
import io.strandline.processing.pipeline.impl.parking.ParkingEntry.Settled;
import io.strandline.processing.pipeline.impl.state.HeldKeys.Held;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stream with the parked events of one pipeline, of all its stages, a {@link ParkingLog}. A task appends to it as to its
 * sinks, under the number of the step, so an event is parked once.
 */
public final class Parking {

    private final Strandline log;
    private final Pipeline pipeline;
    private final StreamName stream;
    private final ParkingLog<ParkingEntry, Parked> parking;

    private Parking(Strandline log, Pipeline pipeline, StreamName stream) {
        this.log = log;
        this.pipeline = pipeline;
        this.stream = stream;
        this.parking = new ParkingLog<>(log, stream, pipeline.name(), new Entries());
    }

    private static final class Entries implements ParkingLog.Entries<ParkingEntry, Parked> {

        @Override
        public EventCodec<ParkingEntry> codec() {
            return ParkingEntry.CODEC;
        }

        @Override
        public String kindOfOwner() {
            return "pipeline";
        }

        @Override
        public String ownerOf(ParkingEntry entry) {
            return entry.pipeline();
        }

        @Override
        public @Nullable Parked parked(ParkingEntry entry) {
            return entry instanceof Parked parked ? parked : null;
        }

        @Override
        public long settles(ParkingEntry entry) {
            return entry instanceof Settled settled ? settled.parkedAt() : -1;
        }

        @Override
        public ParkingEntry owned(String owner) {
            return new Owned(owner);
        }

        @Override
        public ParkingEntry settled(String owner, long parkedAt, boolean dropped) {
            return new Settled(owner, parkedAt, dropped);
        }
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
    public String owner() {
        return pipeline.name();
    }

    /** What a task appends to. */
    public Operator.Target target() {
        return new Operator.Target(stream, ParkingEntry.CODEC);
    }

    /** Whether the stream exists. */
    public Future<Boolean> exists() {
        return log.catalog()
                .describe(stream.toString())
                .map(true)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }

    /** As {@link ParkingLog#prepare}. */
    public Future<Void> prepare() {
        return parking.prepare();
    }

    // ---- list, replay, drop

    /** As {@link io.strandline.processing.pipeline.RunningPipeline#parked(long, int)}. */
    public Future<List<ParkedEvent>> list(long after, int limit) {
        return exists().compose(exists ->
                exists ? parking.open().compose(open -> list(open, after, limit)) : Future.succeededFuture(List.of()));
    }

    private Future<List<ParkedEvent>> list(Open open, long after, int limit) {
        List<ParkedEvent> events = new ArrayList<>();
        return parking.openEvents(open, after, entry -> {
                    Parked parked = entry.event();
                    events.add(new ParkedEvent(
                            entry.offset(),
                            parked.streamName(),
                            parked.partition(),
                            parked.offset(),
                            parked.key(),
                            parked.eventType(),
                            parked.cause()));
                    return events.size() < limit;
                })
                .map(events);
    }

    /** As {@link io.strandline.processing.pipeline.RunningPipeline#replay}. Keys stay held. */
    public <E> Future<Integer> replay(Collection<Long> ids, EventCodec<E> codec, ParkedEventHandler<E> handler) {
        return exists().compose(exists ->
                exists ? parking.replay(ids, parked -> hand(parked, codec, handler)) : Future.succeededFuture(0));
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
        return exists().compose(exists -> exists ? parking.drop(ids) : Future.succeededFuture(0));
    }

    // ---- held keys

    /** Those of the keys that have no open event. Everything that was parked of them before the call must be durable. */
    public Future<List<Held>> free(StreamName source, Collection<Held> held) {
        Set<String> open = new HashSet<>();
        return parking.open()
                .compose(of -> parking.openEvents(of, -1, entry -> {
                    Parked parked = entry.event();
                    String key = parked.stream().equals(source.toString()) ? parked.key() : null;
                    if (key != null) {
                        open.add(key);
                    }
                    return true;
                }))
                .map(read ->
                        held.stream().filter(key -> !open.contains(key.key())).toList());
    }

    /** As {@link ParkingLog#cut}. */
    public Future<Void> cut() {
        return exists().compose(exists -> exists ? parking.cut() : Future.succeededFuture());
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
