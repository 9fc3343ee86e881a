package io.strandline.processing.group;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.group.GroupState.HeldKey;
import io.strandline.processing.group.ParkingEntry.Parked;
import io.strandline.processing.group.ParkingEntry.Settled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The stream with the parked events of one group, in one partition. A parked event has a number of its own, (generation,
 * offset), under a writer of its partition: so a reader that died half-way and the one after it park it once. What was
 * replayed or dropped is said in later events of the stream; it is cut where nothing before is open.
 *
 * <p>Belongs to one context.
 */
final class ParkingStream {

    /** Most parked events that are looked through at a time. */
    static final int MAX_OPEN = 100_000;

    private final Strandline log;
    private final StreamName stream;
    private @Nullable Future<Void> created;

    ParkingStream(Strandline log, StreamName stream) {
        this.log = log;
        this.stream = stream;
    }

    /** Creates the stream unless it exists. */
    Future<Void> createIfMissing() {
        Future<Void> known = created;
        if (known == null || known.failed()) {
            known = log.catalog()
                    .createScope(stream.scope())
                    .compose(scope -> log.catalog().createStream(stream.toString(), new StreamOptions()))
                    .mapEmpty();
            created = known;
        }
        return known;
    }

    /** What the stream holds: the parked events that are open, and the places of those that are settled. */
    record Contents(TreeMap<Long, Parked> open, Set<Place> settled) {

        private void add(EventRecord<ParkingEntry> record) {
            if (record.event() instanceof Parked parked) {
                open.put(record.offset(), parked);
            } else if (record.event() instanceof Settled known) {
                Parked parked = open.remove(known.parkedAt());
                if (parked != null) {
                    settled.add(new Place(parked.generation(), parked.partition(), parked.offset()));
                }
            }
        }

        /**
         * True if no event of a held key is parked, or to be parked: its newest is settled, or was left behind by a reset.
         *
         * @param generation of the group now
         */
        boolean isSettled(String stream, HeldKey held, long generation) {
            boolean newest = held.generation() < generation
                    || settled.contains(new Place(held.generation(), held.partition(), held.offset()));
            return newest
                    && open.values().stream()
                            .noneMatch(parked ->
                                    parked.stream().equals(stream) && held.key().equals(parked.key()));
        }
    }

    /** Where a parked event was read, and when. */
    record Place(long generation, long partition, long offset) {}

    /** Reads all that the stream holds. */
    Future<Contents> contents() {
        return createIfMissing()
                .compose(done -> log.read(stream.toString(), ParkingEntry.CODEC, new ReaderOptions()))
                .compose(ParkingStream::collect);
    }

    private static Future<Contents> collect(EventReader<ParkingEntry> reader) {
        Promise<Contents> all = Promise.promise();
        Contents contents = new Contents(new TreeMap<>(), new HashSet<>());
        reader.exceptionHandler(all::tryFail);
        reader.endHandler(ended -> all.tryComplete(contents));
        reader.handler(record -> {
            contents.add(record);
            if (contents.open().size() > MAX_OPEN) {
                all.tryFail(new StrandlineException.Overloaded("more than " + MAX_OPEN + " events are parked in "
                        + reader.stream() + "; they can be read there"));
                reader.close();
            }
        });
        return all.future().eventually(reader::close);
    }

    /** Notes that parked events were replayed or dropped. */
    Future<Void> settle(List<Long> parkedAt, boolean dropped) {
        if (parkedAt.isEmpty()) {
            return Future.succeededFuture();
        }
        List<ParkingEntry> settled = parkedAt.stream()
                .<ParkingEntry>map(at -> new Settled(at, dropped))
                .toList();
        return log.createWriter(stream.toString(), ParkingEntry.CODEC, new WriterOptions())
                .compose(writer -> writer.appendBatch(null, settled).eventually(writer::end))
                .mapEmpty();
    }

    /** Removes what is settled from the start of the stream; never what is parked meanwhile, so the end is asked for first. */
    Future<Void> cut() {
        return log.catalog().endCut(stream.toString()).compose(end -> contents().compose(contents -> {
            TreeMap<Long, Parked> open = contents.open();
            long partition = end.offsets().firstKey();
            long before = open.isEmpty() ? end.offset(partition) : open.firstKey();
            return log.catalog().truncate(stream.toString(), StreamCut.of(stream, partition, before));
        }));
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
