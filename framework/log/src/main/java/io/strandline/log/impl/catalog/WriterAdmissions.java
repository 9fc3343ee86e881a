package io.strandline.log.impl.catalog;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.log.impl.control.CatalogRecord;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.CatalogState.Admission;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.WriterEntry;
import io.strandline.log.impl.state.WriterTable;
import io.strandline.log.impl.transaction.PartTarget;
import io.strandline.log.impl.transaction.TransactionParts;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.LastWritten;
import io.strandline.spi.WriterGrant.Slot;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Admits writers to streams: counts their epochs, fences the older ones, and tells each writer its position. */
public final class WriterAdmissions {

    private final CatalogChanges changes;
    private final StreamSagas sagas;
    private final StreamShards shards;

    /**
     * Writer → the newest attempt to admit it again, which the writer may not know about. There are no more entries than
     * writers. Accessed on shard 0's executor only.
     */
    private final Map<String, Readmission> readmissions = new HashMap<>();

    /** Id under which the claims of an exclusive stream are counted, which has no other named writer. */
    private static final String CLAIMANT = "claim";

    /** The keys of changes that concern anonymous writers begin with it. A stream's name has no such letter. */
    private static final String ANONYMOUS = "\u0000";

    /** Newest number that was given to a writer since the log was opened. Accessed on shard 0's executor only. */
    private long newestWriter;

    private record Readmission(int heldEpoch, int newestEpoch) {}

    WriterAdmissions(CatalogChanges changes, StreamSagas sagas, StreamShards shards) {
        this.changes = changes;
        this.sagas = sagas;
        this.shards = shards;
    }

    /** Counts the epoch of a named writer up, and fences the earlier ones in every shard of the stream. */
    public Future<WriterGrant> admit(StreamName name, String id) {
        return admit(name, id, (catalog, key) -> {
            readmissions.remove(key);
            return next(catalog, key);
        });
    }

    /** Number of a named writer, as {@link PartTarget#writerNumber} asks for it. */
    public Future<Long> number(StreamName name, String id) {
        return changes.query(catalog -> {
            if (!catalog.streams().containsKey(name)) {
                throw new StrandlineException.NotFound("stream " + name + " does not exist");
            }
            catalog.requireTakesEvents(name);
            Admission known = catalog.writers().get(CatalogState.writerKey(name, id));
            return known == null ? PartTarget.NO_WRITER : known.writer();
        });
    }

    /** As {@link #admit}, if nobody else was admitted under the id since the writer was. Safe to repeat. */
    public Future<WriterGrant> readmit(WriterGrant held, String id) {
        return admit(held.stream().name(), id, (catalog, key) -> {
            Admission known = catalog.writers().get(key);
            if (known == null || known.writer() != held.writer() || !isOwn(readmissions.get(key), held, known)) {
                throw new StrandlineException.Fenced("writer " + key + " held epoch " + held.epoch() + ", "
                        + (known == null ? "and was retired" : "and the log is at " + known.epoch()));
            }
            Admission next = next(catalog, key);
            readmissions.put(key, new Readmission(held.epoch(), next.epoch()));
            if (readmissions.size() > catalog.writers().size()) {
                readmissions.keySet().retainAll(catalog.writers().keySet());
            }
            return next;
        });
    }

    /** Whether the newest epoch is the writer's own: the one it holds, or one that an earlier try left. */
    private static boolean isOwn(@Nullable Readmission begun, WriterGrant held, Admission known) {
        return known.epoch() == held.epoch()
                || (begun != null && begun.heldEpoch() == held.epoch() && known.epoch() <= begun.newestEpoch());
    }

    private Future<WriterGrant> admit(
            StreamName name, String id, BiFunction<CatalogState, String, Admission> nextAdmission) {
        String key = CatalogState.writerKey(name, id);
        return sagas.changeBeside(name, key, stream -> changes.query(catalog -> {
                    // What transactions have decided is appended before a stream is sealed, and later looked for there.
                    if (!id.startsWith(TransactionParts.WRITER_PREFIX)) {
                        catalog.requireTakesEvents(name);
                    }
                    return nextAdmission.apply(catalog, shared(stream, key));
                })
                .compose(next -> changes.log(new CatalogRecord.WriterAdmitted(key, next.writer(), next.epoch()))
                        .compose(logged -> raise(stream, next))));
    }

    private Admission next(CatalogState catalog, String key) {
        Admission known = catalog.writers().get(key);
        return known == null ? new Admission(newWriter(catalog), 1) : new Admission(known.writer(), known.epoch() + 1);
    }

    /** A number that no other writer has. Admissions run beside each other, and the catalog counts those that are applied. */
    private long newWriter(CatalogState catalog) {
        newestWriter = Math.max(catalog.nextWriter(), newestWriter + 1);
        return newestWriter;
    }

    private Future<WriterGrant> raise(StreamDescription stream, Admission admission) {
        return shards.each(
                        stream.partitions(),
                        (shard, partitions) -> shard.change(
                                List.of(new ControlRecord.WriterRaised(admission.writer(), admission.epoch()))))
                .compose(raised -> grant(stream, stream.partitions(), admission));
    }

    /** Admits an anonymous writer, about which the log knows nothing. */
    public Future<WriterGrant> admitAnonymous(StreamName name, long writer) {
        return changes.describe(name)
                .compose(stream -> changes.query(catalog -> {
                    catalog.requireTakesEvents(name);
                    shared(stream, "of no id");
                    return stream;
                }))
                .compose(stream -> stream.scalings().isEmpty()
                        ? Future.succeededFuture(new WriterGrant(stream, writer, 1, wholePartitions(stream)))
                        : grant(stream, stream.partitions(), new Admission(writer, 1)));
    }

    /** The slots of a stream that was never scaled. */
    private static List<Slot> wholePartitions(StreamDescription stream) {
        return stream.partitions().stream()
                .map(partition -> new Slot(partition, 0, partition.keys(), null))
                .toList();
    }

    /** An exclusive stream admits nobody but those who claim. */
    private static String shared(StreamDescription stream, String writer) {
        if (stream.exclusive()) {
            throw new StrandlineException.Invalid("stream " + stream.name() + " is exclusive: writer " + writer
                    + " must claim one of its partitions, and transactions cannot write to it");
        }
        return writer;
    }

    /** Claims a partition of an exclusive stream. See {@link io.strandline.spi.LogPort#claim}. */
    public Future<WriterGrant> claim(StreamName name, long id, long generation) {
        String key = CatalogState.writerKey(name, CLAIMANT);
        return sagas.changeBeside(name, key, stream -> changes.query(catalog -> {
                    String claimed = claimable(stream, id, key);
                    catalog.requireTakesEvents(name);
                    Admission next = next(catalog, claimed);
                    requireDrawn(stream, generation, next.epoch() - 1);
                    return next;
                })
                .compose(next -> changes.log(new CatalogRecord.WriterAdmitted(key, next.writer(), next.epoch()))
                        .compose(logged -> claim(stream, stream.partition(id), claimOf(next, generation)))));
    }

    private static void requireDrawn(StreamDescription stream, long generation, int newest) {
        if (generation < 0 || generation > newest) {
            throw new StrandlineException.Invalid("claim of generation " + generation + " of stream " + stream.name()
                    + ", whose claims have begun generations up to " + newest);
        }
    }

    private static Claim claimOf(Admission next, long generation) {
        return generation == WriterOptions.NEW_GENERATION
                ? Claim.first(next.writer(), next.epoch())
                : new Claim(next.writer(), next.epoch(), generation);
    }

    private static String claimable(StreamDescription stream, long id, String key) {
        requireOpen(stream);
        if (!stream.exclusive()) {
            throw new StrandlineException.Invalid("partition " + id + " of stream " + stream.name()
                    + " cannot be claimed, the stream is not exclusive");
        }
        stream.partition(id);
        SealedPartition sealed = stream.sealed(id);
        if (sealed != null) {
            throw new StrandlineException.Sealed("partition " + id + " of " + stream.name()
                    + " cannot be claimed, it is sealed and ends at offset " + sealed.endOffset());
        }
        return key;
    }

    private Future<WriterGrant> claim(StreamDescription stream, PartitionDescription partition, Claim claim) {
        return shards.each(List.of(partition), (shard, held) -> shard.claim(partition.id(), claim))
                .compose(claimed -> grant(stream, List.of(partition), new Admission(claim.writer(), claim.epoch())))
                .map(grant -> new WriterGrant(
                        stream,
                        grant.writer(),
                        grant.epoch(),
                        claim.generation(),
                        List.of(whole(partition, grant.slots().get(0)))));
    }

    /**
     * The slot of a claim. It has all keys of its partition, those of other ranges too. What a claimant appends may rest on all that it
     * appended before, so one sequence keeps its batches in order. No sequence of another range is passed over, because the claim
     * has fenced whoever wrote there.
     */
    private static Slot whole(PartitionDescription partition, Slot first) {
        return new Slot(partition, first.range(), partition.keys(), first.last());
    }

    private Future<WriterGrant> grant(
            StreamDescription stream, List<PartitionDescription> partitions, Admission admission) {
        return shards.ask(partitions, partition -> slots(partition, admission.writer()))
                .map(ranges -> {
                    List<Slot> slots = new ArrayList<>();
                    for (PartitionDescription partition : partitions) {
                        Objects.requireNonNull(ranges.get(partition.id()))
                                .forEach(range ->
                                        slots.add(new Slot(partition, range.index(), range.keys(), range.last())));
                    }
                    return new WriterGrant(stream, admission.writer(), admission.epoch(), slots);
                });
    }

    /** A range of a partition, with what a writer wrote there last. */
    private record Written(
            int index, KeyRange keys, @Nullable LastWritten last) {}

    private static List<Written> slots(Partition partition, long writer) {
        List<Written> slots = new ArrayList<>();
        for (WriterTable table : partition.tables()) {
            slots.add(new Written(slots.size(), table.keys(), lastWritten(table, writer)));
        }
        return slots;
    }

    private static @Nullable LastWritten lastWritten(WriterTable table, long writer) {
        WriterEntry entry = table.entry(writer);
        return entry == null || entry.appliedOffset() < 0
                ? null
                : new LastWritten(
                        new Sequence(entry.appliedMajor(), entry.appliedMinor()),
                        entry.appliedPartition(),
                        entry.appliedOffset(),
                        entry.appliedDigest());
    }

    /** Describes again where a writer may write. See {@link io.strandline.spi.LogPort#refreshWriter}. */
    public Future<WriterGrant> refresh(WriterGrant held, @Nullable String id) {
        StreamName name = held.stream().name();
        String key = id == null ? ANONYMOUS + held.writer() : CatalogState.writerKey(name, id);
        return sagas.changeBeside(name, key, stream -> changes.query(catalog -> {
                    WriterGrant newest = requireNewest(catalog, requireSame(stream, held), id);
                    requireOpen(stream);
                    return newest;
                })
                // What was acknowledged before it was forced is not in the applied state yet.
                .compose(newest -> shards.each(stream.partitions(), (shard, partitions) -> shard.settled()))
                .compose(settled -> grant(stream, stream.partitions(), new Admission(held.writer(), held.epoch()))));
    }

    /** A stream that was deleted and created again has none of its old partitions. */
    private static WriterGrant requireSame(StreamDescription stream, WriterGrant held) {
        Set<Long> known = CatalogState.allPartitions(stream).stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toSet());
        if (held.stream().partitions().stream().noneMatch(partition -> known.contains(partition.id()))) {
            throw new StrandlineException.NotFound(
                    "stream " + stream.name() + " was deleted under its writer, and created again");
        }
        return held;
    }

    /** A stream that is being sealed is open until its partitions are sealed, and its writers go on so long. */
    private static void requireOpen(StreamDescription stream) {
        if (stream.isSealed()) {
            throw CatalogState.sealed(stream.name());
        }
    }

    private static WriterGrant requireNewest(CatalogState catalog, WriterGrant held, @Nullable String id) {
        if (id != null) {
            String key = CatalogState.writerKey(held.stream().name(), id);
            Admission known = catalog.writers().get(key);
            if (known == null || known.writer() != held.writer() || known.epoch() != held.epoch()) {
                throw new StrandlineException.Fenced("writer " + key + " held epoch " + held.epoch() + ", "
                        + (known == null ? "and was retired" : "and the log is at " + known.epoch()));
            }
        }
        return held;
    }

    /** Forgets a named writer permanently. Fails with NotFound if it is not known. Safe to repeat. */
    Future<Void> retire(StreamName name, String id) {
        String key = CatalogState.writerKey(name, id);
        // The catalog forgets it last, so that the call can be repeated after a failure. Every shard may know the
        // writer,
        // because partitions were sealed or forgotten there.
        return sagas.changeBeside(name, key, stream -> changes.query(catalog -> known(catalog, shared(stream, key)))
                .compose(known -> shards.everywhere(
                        (shard, none) -> shard.change(List.of(new ControlRecord.WriterForgotten(known.writer())))))
                .compose(forgotten -> changes.log(new CatalogRecord.WriterRetired(key))));
    }

    private static Admission known(CatalogState catalog, String key) {
        Admission known = catalog.writers().get(key);
        if (known == null) {
            throw new StrandlineException.NotFound("writer " + key + " is not known");
        }
        return known;
    }
}
