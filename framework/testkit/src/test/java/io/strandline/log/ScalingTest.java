package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.impl.state.CatalogState;
import io.strandline.log.impl.state.Partition;
import io.strandline.spi.ParcelReply;
import io.strandline.spi.ReadSlice;
import io.strandline.spi.WriterGrant;
import io.strandline.spi.WriterGrant.Slot;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Splits and merges at the port of the engine, on a simulated disk (4.2 D1 to D5, 4.5 E1 and E2). */
class ScalingTest extends ScalingFixture {

    private static StreamCut cut(Map<Long, Long> offsets) {
        return new StreamCut(STREAM, new TreeMap<>(offsets));
    }

    // ---- what is described

    @Test
    void e1_aSplitIsDescribedWhenItIsDoneAndAfterACrash() {
        StreamDescription before = createStream(1);
        long parent = ids(before).get(0);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        StreamDescription after = scale(Set.of(parent), UPPER, LOWER);
        assertThat(after.partitions()).extracting(PartitionDescription::keys).containsExactly(LOWER, UPPER);
        assertThat(ids(after)).containsExactly(parent + 1, parent + 2);
        assertThat(after.sealed(parent)).isEqualTo(new SealedPartition(before.partition(parent), 1));
        assertThat(after.successors(parent)).isEqualTo(after.partitions());
        assertThat(get(log.layout(STREAM))).isEqualTo(after);
        crash();
        log = open();
        assertThat(get(log.catalog().describe(STREAM.toString()))).isEqualTo(after);
    }

    @Test
    void e1_aDeletionDropsSealedPartitionsToo() {
        StreamDescription before = createStream(1);
        long parent = ids(before).get(0);
        scale(Set.of(parent), LOWER, UPPER);
        get(log.catalog().deleteStream(STREAM.toString()));
        assertThat(failure(log.read(before.partition(parent), 0, 100)))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(log.layout(STREAM))).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(ids(createStream(1))).containsExactly(parent + 3);
    }

    @Test
    void aStreamIsComparedWithHowItWasCreated() {
        StreamDescription before = createStream(2);
        StreamDescription after = scale(Set.copyOf(ids(before)), KeyRange.ALL);
        assertThat(createStream(2)).isEqualTo(after);
        assertThat(failure(log.catalog().createStream(STREAM.toString(), new StreamOptions())))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("partitions is 2, not 1");
    }

    // ---- writers

    @Test
    void e2_aSealedPartitionTakesNothingAndKnowsWhatItTook() {
        long parent = ids(createStream(1)).get(0);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        Slot old = grant.slots().get(0);
        append(grant, old, -1, 3);
        scale(Set.of(parent), LOWER, UPPER);
        assertThat(refusal(append(grant, old, 3, 4))).isEqualTo(StrandlineException.Sealed.class);
        ParcelReply repeated = append(grant, old, -1, 3);
        assertThat(repeated.duplicate(0)).isTrue();
        assertThat(repeated.partition(0)).isEqualTo(parent);
    }

    @Test
    void d4_successorsKnowWhatWasWrittenBefore() {
        long parent = ids(createStream(1)).get(0);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 3);
        scale(Set.of(parent), LOWER, UPPER);
        WriterGrant split = get(log.refreshWriter(grant, null));
        assertThat(split.writer()).isEqualTo(grant.writer());
        for (Slot slot : split.slots()) {
            assertThat(slot.last()).isEqualTo(new WriterGrant.LastWritten(Sequence.of(3), parent, 0, 4));
            ParcelReply repeated = append(split, slot, -1, 3);
            assertThat(repeated.duplicate(0)).isTrue();
            assertThat(repeated.partition(0)).isEqualTo(parent);
            assertThat(repeated.offset(0)).isZero();
            assertThat(refusal(append(split, slot, 2, 4))).isEqualTo(StrandlineException.Conflict.class);
            assertThat(append(split, slot, 3, 4).allAccepted()).isTrue();
        }
    }

    @Test
    void d1_aMergedPartitionRemembersEachOfItsRanges() {
        StreamDescription before = createStream(2);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 7);
        append(grant, grant.slots().get(1), -1, 2);
        long merged = ids(scale(Set.copyOf(ids(before)), KeyRange.ALL)).get(0);
        WriterGrant after = get(log.refreshWriter(grant, null));
        assertThat(after.slots()).extracting(Slot::keys).containsExactly(LOWER, UPPER);
        assertThat(after.slots()).extracting(Slot::range).containsExactly(0, 1);
        assertThat(after.slots()).allMatch(slot -> slot.partition().id() == merged);
        Slot upper = after.slots().get(1);
        ParcelReply taken = append(after, upper, 2, 3);
        assertThat(taken.allAccepted()).isTrue();
        assertThat(append(after, after.slots().get(0), 7, 8).offset(0)).isEqualTo(1);
        ParcelReply repeated = append(after, upper, 2, 3);
        assertThat(repeated.duplicate(0)).isTrue();
        assertThat(repeated.partition(0)).isEqualTo(merged);
        Slot third = new Slot(upper.partition(), 2, UPPER, null);
        assertThat(refusal(append(after, third, -1, 0))).isEqualTo(StrandlineException.Invalid.class);
        // An anonymous writer that comes now learns of both ranges too.
        assertThat(get(log.admitWriter(STREAM, null)).slots())
                .extracting(Slot::keys)
                .containsExactly(LOWER, UPPER);
    }

    @Test
    void d5_aFencedWriterStaysFencedInPartitionsOfOtherShards() {
        long first = ids(createStream(1)).get(0);
        WriterGrant old = get(log.admitWriter(STREAM, "importer"));
        append(old, old.slots().get(0), -1, 0);
        WriterGrant current = get(log.admitWriter(STREAM, "importer"));
        StreamDescription after = scale(Set.of(first), LOWER, UPPER);
        Set<Integer> shards = Set.of(
                after.partition(first).shard(),
                after.partitions().get(0).shard(),
                after.partitions().get(1).shard());
        assertThat(shards).as("the children are in shards of their own").hasSize(3);
        assertThat(failure(log.refreshWriter(old, "importer"))).isInstanceOf(StrandlineException.Fenced.class);
        for (Slot slot : get(log.refreshWriter(current, "importer")).slots()) {
            assertThat(refusal(append(old, slot, 0, 1))).isEqualTo(StrandlineException.Fenced.class);
            assertThat(append(current, slot, 0, 1).allAccepted()).isTrue();
        }
        get(log.catalog().retireWriter(STREAM.toString(), "importer"));
        // Back to the first shard, and on to others: nobody there may remember the retired writer.
        StreamDescription merged = scale(Set.copyOf(ids(after)), KeyRange.ALL);
        StreamDescription split = scale(Set.copyOf(ids(merged)), LOWER, UPPER);
        for (PartitionDescription partition : split.partitions()) {
            Slot slot = new Slot(partition, 0, partition.keys(), null);
            assertThat(refusal(append(current, slot, -1, 9))).isEqualTo(StrandlineException.Fenced.class);
        }
    }

    // ---- readers

    @Test
    void e2_whoWaitsAtTheEndIsToldOfTheSeal() {
        PartitionDescription parent = createStream(1).partitions().get(0);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        Future<ReadSlice> waiting = log.awaitEvents(parent, 1, 1_000);
        scale(Set.of(parent.id()), LOWER, UPPER);
        assertThat(get(waiting)).isEqualTo(new ReadSlice(0, 1, true, List.of()));
        assertThat(get(log.awaitEvents(parent, 1, 1_000))).isEqualTo(new ReadSlice(0, 1, true, List.of()));
        ReadSlice slice = get(log.read(parent, 0, 1_000));
        assertThat(slice.sealed()).isTrue();
        assertThat(slice.segments()).hasSize(1);
    }

    @Test
    void cutsPassFromSealedPartitionsToTheirSuccessors() {
        StreamDescription two = createStream(2);
        long lower = ids(two).get(0);
        long upper = ids(two).get(1);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        append(grant, grant.slots().get(1), -1, 0);
        long merged = ids(scale(Set.of(lower, upper), KeyRange.ALL)).get(0);
        WriterGrant after = get(log.refreshWriter(grant, null));
        append(after, after.slots().get(0), 0, 1);
        String name = STREAM.toString();
        assertThat(get(log.catalog().startCut(name))).isEqualTo(cut(Map.of(lower, 0L, upper, 0L)));
        assertThat(get(log.catalog().endCut(name))).isEqualTo(cut(Map.of(merged, 1L)));

        get(log.catalog().truncate(name, cut(Map.of(lower, 1L))));
        assertThat(get(log.catalog().startCut(name)))
                .as("the other half of what was merged is still kept")
                .isEqualTo(cut(Map.of(lower, 1L, upper, 0L)));
        List<Long> halves = ids(scale(Set.of(merged), LOWER, UPPER));
        get(log.catalog().truncate(name, cut(Map.of(halves.get(0), 0L))));
        assertThat(get(log.catalog().startCut(name)))
                .as("a cut through one half leaves the other alone")
                .isEqualTo(cut(Map.of(lower, 1L, upper, 0L)));
        get(log.catalog().truncate(name, cut(Map.of(halves.get(0), 0L, halves.get(1), 0L))));
        assertThat(get(log.catalog().startCut(name))).isEqualTo(cut(Map.of(halves.get(0), 0L, halves.get(1), 0L)));
        assertThat(failure(log.catalog().truncate(name, cut(Map.of(merged, 2L)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("ends at 1");
    }

    // ---- what is refused

    @Test
    void badScalingsChangeNothing() {
        StreamDescription two = createStream(2);
        long lower = ids(two).get(0);
        long upper = ids(two).get(1);
        KeyRange middle = new KeyRange(LOWER.to() - 5, UPPER.from() + 5);
        assertRefused(StrandlineException.NotFound.class, "no partition 99", Set.of(lower, 99L), LOWER);
        assertRefused(StrandlineException.Invalid.class, "no partition to seal", Set.of(), LOWER);
        assertRefused(StrandlineException.Invalid.class, LOWER.toString(), Set.of(lower));
        assertRefused(StrandlineException.Invalid.class, UPPER.toString(), Set.of(lower), UPPER);
        assertRefused(StrandlineException.Invalid.class, "do not cover", Set.of(lower, upper), LOWER);
        assertRefused(StrandlineException.Invalid.class, "do not cover", Set.of(lower), LOWER, UPPER);
        assertRefused(StrandlineException.Invalid.class, "overlap", Set.of(lower, upper), LOWER, middle, UPPER);
        assertRefused(StrandlineException.Invalid.class, "overlap", Set.of(lower), LOWER, LOWER);
        KeyRange[] many = new KeyRange[10_000];
        for (int i = 0; i < many.length; i++) {
            many[i] = new KeyRange(i, i == many.length - 1 ? LOWER.to() : i);
        }
        assertRefused(StrandlineException.Invalid.class, "10000", Set.of(lower), many);
        scale(Set.of(lower, upper), KeyRange.ALL);
        assertRefused(StrandlineException.Sealed.class, "partition " + lower, Set.of(lower), LOWER);
        assertRefused(StrandlineException.Sealed.class, "sealed", Set.of(lower, upper), KeyRange.ALL);
        assertThat(failure(log.catalog().scale("shop/other", Set.of(lower), List.of(LOWER))))
                .isInstanceOf(StrandlineException.NotFound.class);
    }

    private void assertRefused(Class<?> kind, String message, Set<Long> seal, KeyRange... open) {
        StreamDescription before = get(log.layout(STREAM));
        assertThat(failure(log.catalog().scale(STREAM.toString(), seal, List.of(open))))
                .isInstanceOf(kind)
                .hasMessageContaining(message);
        assertThat(get(log.layout(STREAM))).isEqualTo(before);
    }

    @Test
    void aMergeOfTooManyRangesIsRefused() {
        StreamDescription many = createStream(Partition.MAX_RANGES + 1);
        List<Long> ids = ids(many);
        assertRefused(
                StrandlineException.Invalid.class,
                "257 ranges of keys, the limit is 256",
                Set.copyOf(ids),
                KeyRange.ALL);
        KeyRange most = new KeyRange(0, many.partitions().get(255).keys().to());
        assertThat(scale(Set.copyOf(ids.subList(0, 256)), most).partitions()).hasSize(2);
        assertThat(get(log.admitWriter(STREAM, null)).slots()).hasSize(257);
    }

    @Test
    void theHistoryOfScalingsIsBounded() {
        List<Long> open = ids(createStream(1));
        long first = open.get(0);
        WriterGrant grant = get(log.admitWriter(STREAM, null));
        append(grant, grant.slots().get(0), -1, 0);
        for (int i = 0; i < CatalogState.MAX_SCALINGS; i++) {
            open = ids(open.size() == 1 ? scale(Set.of(open.get(0)), LOWER, UPPER) : merge(open));
        }
        StreamDescription full = get(log.layout(STREAM));
        assertThat(full.scalings()).hasSize(CatalogState.MAX_SCALINGS);
        assertThat(failure(log.catalog().scale(STREAM.toString(), Set.copyOf(open), List.of(LOWER, UPPER))))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("the limit is 1000");
        get(log.catalog().truncate(STREAM.toString(), cut(Map.of(first, 1L))));
        StreamDescription after = scale(Set.copyOf(open), LOWER, UPPER);
        assertThat(after.scalings().subList(0, 999)).isEqualTo(full.scalings().subList(1, 1_000));
        assertThat(failure(log.read(full.partition(first), 1, 100))).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(get(log.catalog().startCut(STREAM.toString())))
                .as("nothing is left of what was sealed")
                .isEqualTo(get(log.catalog().endCut(STREAM.toString())));
        crash();
        log = open();
        assertThat(get(log.layout(STREAM))).isEqualTo(after);
    }

    private StreamDescription merge(List<Long> open) {
        return scale(Set.copyOf(open), KeyRange.ALL);
    }
}
