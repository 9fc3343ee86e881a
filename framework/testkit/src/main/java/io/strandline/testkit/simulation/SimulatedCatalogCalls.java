package io.strandline.testkit.simulation;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.testkit.simulation.model.AskedScaling;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.PartitionModel;
import io.strandline.testkit.simulation.model.StreamModel;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Changes the catalog, one call at a time, and asks it questions. A change whose outcome is unknown is asked for again
 * until it has one, as a client would.
 */
final class SimulatedCatalogCalls {

    static final String SCOPE = "sim";
    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final int MAX_PARTITIONS = 4;

    private final Clients clients;
    private final CatalogCaller caller;
    private final SimulatedRetentionCalls retention;
    private boolean scopeCreated;

    SimulatedCatalogCalls(Clients clients) {
        this.clients = clients;
        this.caller = new CatalogCaller(clients, this::act);
        this.retention = new SimulatedRetentionCalls(caller, clients.changes);
    }

    /** The process is gone. */
    void lost() {
        caller.lost();
    }

    boolean isDone() {
        return caller.isDone();
    }

    void act() {
        if (caller.isBusy()) {
            return;
        }
        if (!scopeCreated) {
            caller.begin(this::createScope);
            return;
        }
        if (clients.draining) {
            return;
        }
        StreamName name = new StreamName(SCOPE, NAMES.get(clients.random.nextInt(NAMES.size())));
        StreamModel stream = clients.catalog.newest(name);
        if (stream == null || stream.deleted()) {
            int partitions = 1 + clients.random.nextInt(MAX_PARTITIONS);
            StreamOptions options = clients.changes.drawStream(partitions);
            caller.begin(() -> create(name, options));
            return;
        }
        if (stream.mayScale()) {
            // It was done, as a refusal told, and nobody has seen how.
            describe(name);
            return;
        }
        if (clients.changes.has(StreamChange.SCALING) && !stream.isGoverned() && clients.random.nextInt(2) == 0) {
            scale(stream);
            return;
        }
        if (clients.changes.has(StreamChange.RETENTION) && clients.changes.random.nextBoolean()) {
            retention.act(stream);
            return;
        }
        switch (clients.random.nextInt(12)) {
            case 0 -> caller.begin(() -> delete(stream));
            case 1, 2, 3, 4 -> truncate(stream);
            case 5 -> startCut(stream);
            case 6, 7 -> endCut(stream);
            case 8 -> describe(name);
            case 9 -> createAgain(stream);
            case 10 -> truncateTooFar(stream);
            default -> streams();
        }
    }

    private void createScope() {
        caller.call(
                () -> "create scope",
                caller.catalog().createScope(SCOPE),
                created -> scopeCreated = true,
                failure -> false);
    }

    private void create(StreamName name, StreamOptions options) {
        clients.catalog.creating(name, options);
        caller.call(
                () -> "create " + name + " with " + options.toJson(),
                caller.catalog().createStream(name.toString(), options),
                description -> {
                    StreamModel created = clients.catalog.described(description);
                    clients.catalog.created(name);
                    clients.violations.require(
                            created == null || created.options().getPartitions() == options.getPartitions(),
                            Invariant.CATALOG_PERSISTS,
                            () -> description + " was created with " + options.toJson());
                },
                failure -> false);
    }

    /** Creating an existing stream with the same options describes it. With other options it is a conflict. */
    private void createAgain(StreamModel stream) {
        StreamOptions options = stream.options();
        boolean same = clients.random.nextBoolean();
        options.setPartitions(options.getPartitions() + (same ? 0 : 1));
        caller.call(
                () -> "create " + stream.name() + " again",
                caller.catalog().createStream(stream.name().toString(), options),
                description -> clients.violations.require(
                        same && clients.catalog.described(description) == stream,
                        Invariant.CATALOG_PERSISTS,
                        () -> stream.description() + " exists, and is created again as " + description),
                failure -> !same && failure instanceof StrandlineException.Conflict);
    }

    private void delete(StreamModel stream) {
        boolean again = stream.deleting();
        stream.askToDelete();
        caller.call(
                () -> "delete " + stream,
                caller.catalog().deleteStream(stream.name().toString()),
                done -> stream.setDeleted(),
                failure -> {
                    boolean gone = again && failure instanceof StrandlineException.NotFound;
                    if (gone) {
                        stream.setDeleted();
                    }
                    return gone;
                });
    }

    private void describe(StreamName name) {
        caller.call(
                () -> "describe " + name,
                caller.catalog().describe(name.toString()),
                clients.catalog::described,
                failure -> caller.isNotFound(name, failure));
    }

    private void streams() {
        List<StreamName> before = new ArrayList<>();
        clients.catalog.present().forEach(stream -> before.add(stream.name()));
        caller.call(
                () -> "list streams",
                caller.catalog().streams(SCOPE),
                names -> clients.violations.require(
                        names.equals(before),
                        Invariant.CATALOG_PERSISTS,
                        () -> "the scope holds " + names + ", expected " + before),
                failure -> false);
    }

    // ---- scaling

    private void scale(StreamModel stream) {
        AskedScaling asked =
                AskedScaling.draw(clients.random, stream.description().partitions());
        caller.begin(() -> scale(stream, asked));
    }

    private void scale(StreamModel stream, AskedScaling asked) {
        boolean again = stream.scaling(asked);
        int scalings = stream.description().scalings().size();
        caller.call(
                () -> "scale " + stream + " by " + asked,
                caller.catalog().scale(stream.name().toString(), asked.seal(), asked.open()),
                description -> clients.violations.require(
                        clients.catalog.described(description) == stream
                                && description.scalings().size() == scalings + 1,
                        Invariant.CATALOG_PERSISTS,
                        () -> stream + " was scaled by " + asked + " to " + description),
                failure -> {
                    // An earlier try got through, or another client has seen that by now.
                    boolean done = again && failure instanceof StrandlineException.Sealed;
                    return done || (stream.deleting() && caller.isNotFound(stream.name(), failure));
                });
    }

    private void truncate(StreamModel stream) {
        SortedMap<Long, Long> offsets = new TreeMap<>();
        for (PartitionModel partition : stream.partitionList()) {
            long most = partition.bounds().endSeen();
            if (clients.random.nextInt(3) > 0) {
                long least = Math.max(0, partition.bounds().startSeen() - 2);
                long to = clients.random.nextLong(least, Math.max(least, most) + 1);
                offsets.put(partition.id(), clients.random.nextBoolean() ? Math.min(to, (least + most) / 2) : to);
            }
        }
        caller.begin(() -> truncate(stream, offsets));
    }

    private void truncate(StreamModel stream, SortedMap<Long, Long> offsets) {
        stream.truncating(offsets);
        caller.call(
                () -> "truncate " + stream + " to " + offsets,
                caller.catalog().truncate(stream.name().toString(), new StreamCut(stream.name(), offsets)),
                done -> offsets.forEach((partition, offset) -> {
                    PartitionModel truncated = stream.partition(partition);
                    truncated
                            .bounds()
                            .seenStart(
                                    Math.max(offset, truncated.bounds().startSeen()),
                                    truncated.bounds().startSeen());
                }),
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }

    private void truncateTooFar(StreamModel stream) {
        PartitionModel partition = stream.partitionList().get(0);
        caller.call(
                () -> "truncate " + stream + " past its end",
                caller.catalog()
                        .truncate(
                                stream.name().toString(),
                                StreamCut.of(
                                        stream.name(),
                                        partition.id(),
                                        partition.bounds().endSeen() + 1_000_000)),
                done -> clients.violations.report(
                        Invariant.REFUSALS_ARE_TRUE, stream + " was truncated far past its end"),
                failure -> failure instanceof StrandlineException.Invalid);
    }

    private void startCut(StreamModel stream) {
        SortedMap<Long, Long> before = stream.startsSeen();
        caller.call(
                () -> "start cut of " + stream,
                caller.catalog().startCut(stream.name().toString()),
                cut -> stream.starts(cut, before, false),
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }

    private void endCut(StreamModel stream) {
        SortedMap<Long, Long> before = new TreeMap<>();
        stream.open()
                .forEach(partition ->
                        before.put(partition.id(), partition.bounds().endSeen()));
        caller.call(
                () -> "end cut of " + stream,
                caller.catalog().endCut(stream.name().toString()),
                cut -> stream.ends(cut, before),
                failure -> stream.deleting() && caller.isNotFound(stream.name(), failure));
    }
}
