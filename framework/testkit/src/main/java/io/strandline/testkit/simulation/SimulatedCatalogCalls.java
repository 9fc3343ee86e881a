package io.strandline.testkit.simulation;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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
        int size = stream.partitionList.size();
        boolean same = clients.random.nextBoolean();
        call(
                () -> "create " + stream.name() + " again",
                catalog()
                        .createStream(
                                stream.name().toString(), new StreamOptions().setPartitions(same ? size : size + 1)),
                description -> clients.violations.require(
                        same && stream.description.equals(description),
                        Invariant.CATALOG_PERSISTS,
                        () -> stream.description + " exists, and is created again as " + description),
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
        offsets.forEach((partition, offset) -> partitionOf(stream, partition).truncating(offset));
        call(
                () -> "truncate " + stream + " to " + offsets,
                catalog().truncate(stream.name().toString(), new StreamCut(stream.name(), offsets)),
                done -> offsets.forEach((partition, offset) -> {
                    PartitionModel truncated = partitionOf(stream, partition);
                    truncated.seenStart(Math.max(offset, truncated.startSeen()), truncated.startSeen());
                }),
                failure -> stream.deleting && isNotFound(stream.name(), failure));
    }

    private static PartitionModel partitionOf(StreamModel stream, long id) {
        PartitionModel partition = stream.partitions.get(id);
        if (partition == null) {
            throw new IllegalArgumentException("partition " + id + " is none of " + stream);
        }
        return partition;
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
        stream.partitions.forEach((id, partition) -> before.put(id, partition.startSeen()));
        call(
                () -> "start cut of " + stream,
                catalog().startCut(stream.name().toString()),
                cut -> before.forEach((id, start) -> partitionOf(stream, id).seenStart(cut.offset(id), start)),
                failure -> stream.deleting && isNotFound(stream.name(), failure));
    }

    private void endCut(StreamModel stream) {
        TreeMap<Long, Long> before = new TreeMap<>();
        stream.partitions.forEach((id, partition) -> before.put(id, partition.endSeen()));
        call(
                () -> "end cut of " + stream,
                catalog().endCut(stream.name().toString()),
                cut -> before.forEach((id, end) -> {
                    clients.violations.require(
                            cut.offset(id) >= end,
                            Invariant.SEEN_IS_DURABLE,
                            () -> "the end cut passes partition " + id + " at " + cut.offset(id) + ", seen was " + end);
                    partitionOf(stream, id).seenEnd(cut.offset(id));
                }),
                failure -> stream.deleting && isNotFound(stream.name(), failure));
    }
}
