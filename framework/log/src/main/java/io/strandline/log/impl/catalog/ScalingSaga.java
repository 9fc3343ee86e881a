package io.strandline.log.impl.catalog;

import io.strandline.KeyRange;
import io.strandline.Limits;
import io.strandline.PartitionDescription;
import io.strandline.Scaling;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.impl.control.ControlRecord;
import io.strandline.log.impl.control.ScalingRecord.PartitionSealed;
import io.strandline.log.impl.control.ScalingRecord.RangeInherited;
import io.strandline.log.impl.control.ScalingRecord.StreamScaled;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.CatalogState.Admission;
import io.strandline.log.impl.state.Claim;
import io.strandline.log.impl.state.Inheritance;
import io.strandline.log.impl.state.KeyRanges;
import io.strandline.log.impl.state.Moment;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.impl.state.ScalingIntent;
import io.strandline.log.impl.state.WriterTable;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.LogRules;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Seals partitions of a stream and opens those that take over. The steps are: log the intent, seal, let the new
 * partitions inherit what the sealed ones know of their writers, log that it is done. Every step may be repeated. Only
 * the writers that are refused see anything before it is done.
 */
final class ScalingSaga {

    /** Bytes of inherited entries from which on a frame is not extended. One range is never divided. */
    private static final int FRAME_BYTES = 1 << 20;

    private static final int WRITER_BYTES = 60;

    private final StreamShards shards;
    private final Clock clock;
    private final LogRules rules;

    ScalingSaga(StreamShards shards, Clock clock, LogRules rules) {
        this.shards = shards;
        this.clock = clock;
        this.rules = rules;
    }

    // ---- the plan

    /**
     * Checks a scaling as far as the catalog knows, and numbers the new partitions.
     *
     * @throws StrandlineException.NotFound if the stream has no such partition
     * @throws StrandlineException.Sealed if one is sealed
     * @throws StrandlineException.Invalid if the new ranges do not cover exactly the keys of the sealed partitions
     */
    static ScalingIntent plan(
            CatalogState catalog, StreamDescription stream, Set<Long> seal, List<KeyRange> open, int shardCount) {
        List<PartitionDescription> parents = stream.partitions().stream()
                .filter(partition -> seal.contains(partition.id()))
                .toList();
        if (parents.size() < seal.size() || seal.isEmpty()) {
            throw notOpen(stream, seal);
        }
        List<KeyRange> ranges = new ArrayList<>(open);
        ranges.sort(KeyRanges.ASCENDING);
        requireCovered(stream, parents.stream().map(PartitionDescription::keys).toList(), ranges);
        Limits.require(
                "partitions of " + stream.name(),
                stream.partitions().size() - parents.size() + ranges.size(),
                1,
                StreamOptions.MAX_PARTITIONS);
        List<PartitionDescription> opened = new ArrayList<>();
        for (KeyRange range : ranges) {
            long id = catalog.nextPartition() + opened.size();
            opened.add(new PartitionDescription(id, (int) (id % shardCount), range));
        }
        return new ScalingIntent(
                stream.name(), parents.stream().map(PartitionDescription::id).toList(), opened, List.of());
    }

    private static StrandlineException notOpen(StreamDescription stream, Set<Long> seal) {
        if (seal.isEmpty()) {
            return new StrandlineException.Invalid("scaling of " + stream.name() + " names no partition to seal");
        }
        for (long id : seal) {
            SealedPartition known = stream.sealed(id);
            if (known != null) {
                return new StrandlineException.Sealed("partition " + id + " of " + stream.name()
                        + " is sealed already, it ends at offset " + known.endOffset());
            }
            // Throws NotFound for one that the stream never had.
            stream.partition(id);
        }
        throw new IllegalStateException("partitions " + seal + " of " + stream.name() + " are open");
    }

    private static void requireCovered(StreamDescription stream, List<KeyRange> closing, List<KeyRange> opened) {
        for (int i = 1; i < opened.size(); i++) {
            if (opened.get(i - 1).overlaps(opened.get(i))) {
                throw new StrandlineException.Invalid("ranges " + opened.get(i - 1) + " and " + opened.get(i)
                        + " of a scaling of " + stream.name() + " overlap");
            }
        }
        if (!KeyRanges.joined(closing).equals(KeyRanges.joined(opened))) {
            throw new StrandlineException.Invalid("ranges " + opened + " of a scaling of " + stream.name()
                    + " do not cover exactly the keys of the partitions to seal, " + KeyRanges.joined(closing));
        }
    }

    /** Checks what the shards know, and makes room in the stream's history. */
    Future<ScalingIntent> checked(StreamDescription stream, ScalingIntent plan) {
        return shards.ask(partitions(stream, plan.sealed()), ScalingSaga::ranges)
                .map(ranges -> {
                    requireFewRanges(stream, plan, ranges);
                    return plan;
                })
                .compose(few -> stream.scalings().size() < CatalogState.MAX_SCALINGS
                        ? Future.succeededFuture(few)
                        : forgetting(stream, few));
    }

    private static List<KeyRange> ranges(Partition partition) {
        List<KeyRange> ranges = new ArrayList<>();
        for (WriterTable table : partition.tables()) {
            ranges.add(table.keys());
        }
        return ranges;
    }

    private static void requireFewRanges(
            StreamDescription stream, ScalingIntent plan, Map<Long, List<KeyRange>> ranges) {
        List<KeyRange> all = plan.sealed().stream()
                .flatMap(id -> Objects.requireNonNull(ranges.get(id)).stream())
                .toList();
        for (PartitionDescription opened : plan.opened()) {
            int inherited =
                    KeyRanges.overlapping(all, range -> range, opened.keys()).size();
            if (inherited > Partition.MAX_RANGES) {
                throw new StrandlineException.Invalid("a partition of " + stream.name() + " with keys " + opened.keys()
                        + " would inherit " + inherited + " ranges of keys, the limit is " + Partition.MAX_RANGES);
            }
        }
    }

    /** Names the oldest scaling whose sealed partitions hold no events any more, to be forgotten with this one. */
    private Future<ScalingIntent> forgetting(StreamDescription stream, ScalingIntent plan) {
        List<PartitionDescription> parents = stream.scalings().stream()
                .flatMap(scaling -> scaling.sealed().stream())
                .map(SealedPartition::partition)
                .toList();
        return shards.ask(parents, partition -> partition.startOffset() == partition.endOffset())
                .map(gone -> {
                    List<Long> roots = ids(CatalogState.roots(stream));
                    for (Scaling scaling : stream.scalings()) {
                        List<Long> ids = ids(scaling.sealed().stream()
                                .map(SealedPartition::partition)
                                .toList());
                        if (roots.containsAll(ids) && ids.stream().allMatch(id -> gone.getOrDefault(id, false))) {
                            return new ScalingIntent(plan.stream(), plan.sealed(), plan.opened(), ids);
                        }
                    }
                    throw new StrandlineException.Overloaded("stream " + stream.name() + " remembers "
                            + stream.scalings().size() + " scalings, the limit is " + CatalogState.MAX_SCALINGS
                            + ", and the partitions sealed by the oldest hold events; truncate them");
                });
    }

    private static List<Long> ids(List<PartitionDescription> partitions) {
        return partitions.stream().map(PartitionDescription::id).toList();
    }

    private static List<PartitionDescription> partitions(StreamDescription stream, List<Long> ids) {
        return ids.stream().map(stream::partition).toList();
    }

    // ---- the steps

    /**
     * Takes all steps after the intent except the last record, which it returns.
     *
     * @param stream the stream as it is visible
     * @param writers its named writers
     * @param stamp the time
     */
    Future<StreamScaled> run(StreamDescription stream, ScalingIntent intent, List<Admission> writers, long stamp) {
        return seal(partitions(stream, intent.sealed())).compose(parents -> open(stream, intent, writers, parents)
                .compose(opened -> drop(partitions(stream, intent.forgotten())))
                .map(dropped -> new StreamScaled(
                        intent.stream(),
                        stamp,
                        parents.stream().map(Inheritance::endOffset).toList())));
    }

    /** Seals partitions, and only then reads what they leave: so it is final. */
    private Future<List<Inheritance>> seal(List<PartitionDescription> partitions) {
        return shards.each(
                        partitions,
                        (shard, held) -> shard.change(held.stream()
                                .map(partition -> new PartitionSealed(partition.id()))
                                .toList()))
                .compose(done -> shards.ask(partitions, partition -> partition.inheritance(Moment.of(clock), rules)))
                .map(left -> partitions.stream()
                        .map(partition -> Objects.requireNonNull(left.get(partition.id())))
                        .toList());
    }

    /**
     * Opens the new partitions. Their shards may not know the stream's named writers, or only older epochs of them. So
     * all writers are raised first.
     */
    private Future<Void> open(
            StreamDescription stream, ScalingIntent intent, List<Admission> writers, List<Inheritance> parents) {
        return shards.each(intent.opened(), (shard, held) -> {
            List<ControlRecord> records = new ArrayList<>();
            writers.forEach(writer -> records.add(new ControlRecord.WriterRaised(writer.writer(), writer.epoch())));
            held.forEach(partition -> {
                if (stream.exclusive()) {
                    records.add(new ControlRecord.PartitionClaimed(partition.id(), unclaimed(partition, parents)));
                }
                records.addAll(inherited(partition, parents));
            });
            return inFrames(shard, records);
        });
    }

    /** Owners that were taken over in a partition stay so in those that succeed it. */
    private static Claim unclaimed(PartitionDescription partition, List<Inheritance> parents) {
        return Claim.unclaimed(KeyRanges.overlapping(parents, Inheritance::keys, partition.keys()).stream()
                .mapToLong(Inheritance::generation)
                .max()
                .orElse(0));
    }

    private static List<RangeInherited> inherited(PartitionDescription partition, List<Inheritance> parents) {
        List<Inheritance> before = KeyRanges.overlapping(parents, Inheritance::keys, partition.keys());
        List<Inheritance.Range> ranges = Inheritance.cut(partition.keys(), before);
        long lastStamp = before.stream().mapToLong(Inheritance::lastStamp).max().orElse(0);
        List<RangeInherited> inherited = new ArrayList<>();
        for (int i = 0; i < ranges.size(); i++) {
            inherited.add(
                    new RangeInherited(partition.id(), partition.keys(), lastStamp, i, ranges.size(), ranges.get(i)));
        }
        return inherited;
    }

    /** Frames are taken in order: when the last is durable, all are. */
    private static Future<Void> inFrames(Shard shard, List<ControlRecord> records) {
        Future<Void> last = Future.succeededFuture();
        List<ControlRecord> frame = new ArrayList<>();
        long bytes = 0;
        for (ControlRecord next : records) {
            frame.add(next);
            bytes += WRITER_BYTES + (next instanceof RangeInherited inherited ? sizeOf(inherited) : 0);
            if (bytes >= FRAME_BYTES) {
                last = shard.change(frame);
                frame = new ArrayList<>();
                bytes = 0;
            }
        }
        return frame.isEmpty() ? last : shard.change(frame);
    }

    private static long sizeOf(RangeInherited inherited) {
        return (long) WRITER_BYTES * inherited.range().writers().size();
    }

    private Future<Void> drop(List<PartitionDescription> forgotten) {
        return shards.each(
                forgotten,
                (shard, held) -> shard.change(held.stream()
                        .map(partition -> new ControlRecord.PartitionDropped(partition.id()))
                        .toList()));
    }
}
