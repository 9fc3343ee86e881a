package io.strandline.testkit.simulation;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.testkit.simulation.StreamModel.AskedScaling;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Changes the catalog, one call at a time, and asks it questions. A change whose outcome is unknown is asked for again
 * until it has one, as a client would.
 */
final class SimulatedCatalogCalls {

    static final String SCOPE = "sim";
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int MOST_PARTITIONS = 4;

    /** Open partitions of a stream, beyond which scalings make no more. */
    private static final int MOST_OPEN = 8;

    private final Clients clients;
    private boolean asked;
    private boolean scopeCreated;

    /** The change that is to be asked for until it is answered for good. */
    private @Nullable Runnable unfinished;

    SimulatedCatalogCalls(Clients clients) {
        this.clients = clients;
    }

    /** The process is gone. */
    void lost() {
        asked = false;
    }

    boolean isDone() {
        return !asked && unfinished == null;
    }

    void act() {
        if (asked) {
            return;
        }
        if (unfinished != null) {
            unfinished.run();
            return;
        }
        if (!scopeCreated) {
            begin(this::createScope);
            return;
        }
        if (clients.draining) {
            return;
        }
        StreamName name = new StreamName(SCOPE, NAMES.get(clients.random.nextInt(NAMES.size())));
        StreamModel stream = clients.catalog.newest(name);
        if (stream == null || stream.deleted) {
            int partitions = 1 + clients.random.nextInt(MOST_PARTITIONS);
            begin(() -> create(name, partitions));
            return;
        }
        if (stream.mayScale()) {
            // It was done, as a refusal told, and nobody has seen how.
            describe(name);
            return;
        }
        if (clients.scaling && clients.random.nextInt(2) == 0) {
            scale(stream);
            return;
        }
        switch (clients.random.nextInt(12)) {
            case 0 -> begin(() -> delete(stream));
            case 1, 2, 3, 4 -> truncate(stream);
            case 5 -> startCut(stream);
            case 6, 7 -> endCut(stream);
            case 8 -> describe(name);
            case 9 -> createAgain(stream);
            case 10 -> truncateTooFar(stream);
            default -> streams();
        }
    }

    private void begin(Runnable change) {
        unfinished = change;
        change.run();
    }

    private Catalog catalog() {
        return clients.port().catalog();
    }

    /** Makes a call; {@code taken} is told of an answer, {@code refused} of a failure that is not temporary. */
    private <T> void call(
            Supplier<String> what,
            Future<T> future,
            java.util.function.Consumer<T> taken,
            java.util.function.Predicate<Throwable> refused) {
        asked = true;
        clients.trace(() -> "ask " + what.get());
        clients.answer(
                future,
                (value, failure) -> {
                    asked = false;
                    clients.trace(() -> what.get() + " → " + (failure == null ? value : failure));
                    if (failure == null) {
                        unfinished = null;
                        taken.accept(value);
                    } else if (refused.test(failure)) {
                        unfinished = null;
                    } else {
                        clients.requireTemporary(failure, what);
                    }
                },
                this::act);
    }

    private void createScope() {
        call(() -> "create scope", catalog().createScope(SCOPE), created -> scopeCreated = true, failure -> false);
    }

    private void create(StreamName name, int partitions) {
        clients.catalog.creating(name);
        call(
                () -> "create " + name + " with " + partitions,
                catalog().createStream(name.toString(), new StreamOptions().setPartitions(partitions)),
                description -> {
                    clients.catalog.described(description);
                    clients.catalog.created(name);
                    requirePartitions(description, partitions);
                },
                failure -> false);
    }

    private void requirePartitions(StreamDescription description, int partitions) {
        clients.violations.require(
                description.partitions().size() == partitions,
                Invariant.CATALOG_PERSISTS,
                () -> description + " was created with " + partitions + " partitions");
    }

    /** Creating what exists with the same options describes it; with others it is a conflict. */
    private void createAgain(StreamModel stream) {
        int size = stream.partitionsAtFirst();
        boolean same = clients.random.nextBoolean();
        call(
                () -> "create " + stream.name() + " again",
                catalog()
                        .createStream(
                                stream.name().toString(), new StreamOptions().setPartitions(same ? size : size + 1)),
                description -> clients.violations.require(
                        same && clients.catalog.described(description) == stream,
                        Invariant.CATALOG_PERSISTS,
                        () -> stream.description() + " exists, and is created again as " + description),
                failure -> !same && failure instanceof StrandlineException.Conflict);
    }

    private void delete(StreamModel stream) {
        boolean again = stream.deleting;
        stream.deleting = true;
        call(
                () -> "delete " + stream,
                catalog().deleteStream(stream.name().toString()),
                done -> stream.deleted = true,
                failure -> {
                    boolean gone = again && failure instanceof StrandlineException.NotFound;
                    stream.deleted |= gone;
                    return gone;
                });
    }

    private void describe(StreamName name) {
        call(
                () -> "describe " + name,
                catalog().describe(name.toString()),
                clients.catalog::described,
                failure -> isNotFound(name, failure));
    }

    private boolean isNotFound(StreamName name, Throwable failure) {
        if (!(failure instanceof StrandlineException.NotFound)) {
            return false;
        }
        clients.catalog.notFound(name);
        return true;
    }

    private void streams() {
        List<StreamName> before = new ArrayList<>();
        clients.catalog.present().forEach(stream -> before.add(stream.name()));
        call(
                () -> "list streams",
                catalog().streams(SCOPE),
                names -> clients.violations.require(
                        names.equals(before),
                        Invariant.CATALOG_PERSISTS,
                        () -> "the scope holds " + names + ", expected " + before),
                failure -> false);
    }

    // ---- scaling

    /** Takes neighbours and gives their keys to as many others, more or fewer. */
    private void scale(StreamModel stream) {
        List<PartitionModel> open = stream.open();
        int count = 1 + clients.random.nextInt(Math.min(3, open.size()));
        int first = clients.random.nextInt(open.size() - count + 1);
        Set<Long> seal = new TreeSet<>();
        open.subList(first, first + count).forEach(partition -> seal.add(partition.id));
        KeyRange keys = new KeyRange(
                open.get(first).description.keys().from(),
                open.get(first + count - 1).description.keys().to());
        int most = Math.max(1, MOST_OPEN - open.size() + count);
        AskedScaling asked = new AskedScaling(seal, cut(keys, 1 + clients.random.nextInt(Math.min(3, most))));
        begin(() -> scale(stream, asked));
    }

    /** Cuts a range into so many parts, of any size. */
    private List<KeyRange> cut(KeyRange keys, int parts) {
        TreeSet<Long> starts = new TreeSet<>(Long::compareUnsigned);
        starts.add(keys.from());
        long size = keys.to() - keys.from() + 1;
        for (int i = 1; i < parts; i++) {
            // Few places, so that later scalings find the same ones again.
            starts.add(keys.from() + Long.divideUnsigned(size == 0 ? -1L : size, 4) * clients.random.nextInt(1, 4));
        }
        List<KeyRange> ranges = new ArrayList<>();
        for (Long start : starts) {
            Long next = starts.higher(start);
            ranges.add(new KeyRange(start, next == null ? keys.to() : next - 1));
        }
        return ranges;
    }

    private void scale(StreamModel stream, AskedScaling asked) {
        boolean again = stream.scaling(asked);
        int scalings = stream.description().scalings().size();
        call(
                () -> "scale " + stream + " by " + asked,
                catalog().scale(stream.name().toString(), asked.seal(), asked.open()),
                description -> clients.violations.require(
                        clients.catalog.described(description) == stream
                                && description.scalings().size() == scalings + 1,
                        Invariant.CATALOG_PERSISTS,
                        () -> stream + " was scaled by " + asked + " to " + description),
                failure -> {
                    // An earlier try got through, or another client has seen that by now.
                    boolean done = again && failure instanceof StrandlineException.Sealed;
                    return done || (stream.deleting && isNotFound(stream.name(), failure));
                });
    }

    private void truncate(StreamModel stream) {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (PartitionModel partition : stream.partitionList) {
            long most = partition.endSeen();
            if (clients.random.nextInt(3) > 0) {
                long least = Math.max(0, partition.startSeen() - 2);
                long to = clients.random.nextLong(least, Math.max(least, most) + 1);
                offsets.put(partition.id, clients.random.nextBoolean() ? Math.min(to, (least + most) / 2) : to);
            }
        }
        begin(() -> truncate(stream, offsets));
    }

    private void truncate(StreamModel stream, SortedMap<Long, Long> offsets) {
        truncating(stream, offsets);
        call(
                () -> "truncate " + stream + " to " + offsets,
                catalog().truncate(stream.name().toString(), new StreamCut(stream.name(), offsets)),
                done -> offsets.forEach((partition, offset) -> {
                    PartitionModel truncated = stream.partition(partition);
                    truncated.seenStart(Math.max(offset, truncated.startSeen()), truncated.startSeen());
                }),
                failure -> stream.deleting && isNotFound(stream.name(), failure));
    }

    /** What is before a partition that the cut names may go as a whole. */
    private static void truncating(StreamModel stream, SortedMap<Long, Long> offsets) {
        Set<PartitionModel> before = new HashSet<>();
        offsets.forEach((id, offset) -> {
            stream.partition(id).truncating(offset);
            stream.partition(id).addAllBefore(before);
        });
        before.stream()
                .filter(partition -> !offsets.containsKey(partition.id))
                .forEach(partition -> partition.truncating(partition.sealedAt()));
    }

    private void truncateTooFar(StreamModel stream) {
        PartitionModel partition = stream.partitionList.get(0);
        call(
                () -> "truncate " + stream + " past its end",
                catalog()
                        .truncate(
                                stream.name().toString(),
                                StreamCut.of(stream.name(), partition.id, partition.endSeen() + 1_000_000)),
                done -> clients.violations.report(
                        Invariant.REFUSALS_ARE_TRUE, stream + " was truncated far past its end"),
                failure -> failure instanceof StrandlineException.Invalid);
    }

    private void startCut(StreamModel stream) {
        TreeMap<Long, Long> before = new TreeMap<>();
        stream.partitionList.forEach(partition -> before.put(partition.id, partition.startSeen()));
        call(
                () -> "start cut of " + stream,
                catalog().startCut(stream.name().toString()),
                cut -> cut.offsets()
                        .forEach((id, start) -> stream.partition(id).seenStart(start, before.getOrDefault(id, 0L))),
                failure -> stream.deleting && isNotFound(stream.name(), failure));
    }

    private void endCut(StreamModel stream) {
        TreeMap<Long, Long> before = new TreeMap<>();
        stream.open().forEach(partition -> before.put(partition.id, partition.endSeen()));
        call(
                () -> "end cut of " + stream,
                catalog().endCut(stream.name().toString()),
                cut -> cut.offsets().forEach((id, end) -> {
                    clients.violations.require(
                            end >= before.getOrDefault(id, 0L),
                            Invariant.SEEN_IS_DURABLE,
                            () -> "the end cut passes partition " + id + " at " + end + ", seen was " + before.get(id));
                    stream.partition(id).seenEnd(end);
                }),
                failure -> stream.deleting && isNotFound(stream.name(), failure));
    }
}
