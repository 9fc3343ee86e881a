package io.strandline.processing.pipeline.impl;

import io.strandline.Catalog;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.Retention;
import io.strandline.Scaling;
import io.strandline.ScalingPolicy;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.StreamPolicies;
import io.strandline.SubscriberNote;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A catalog in which one stream, which a stage reads, has the partitions alone that have keys of a part. Everything else is as in the
 * catalog of the log.
 *
 * <p>A run whose source is shown so has tasks for these partitions, follows their scalings, and waits for no others. Which partitions
 * they are depends on their keys alone, so every run of the part sees the same.
 */
final class PartCatalog implements Catalog {

    private final Catalog whole;
    private final StreamName source;
    private final KeyRange keys;

    PartCatalog(Catalog whole, StreamName source, KeyRange keys) {
        this.whole = whole;
        this.source = source;
        this.keys = keys;
    }

    private boolean isSource(String stream) {
        return source.toString().equals(stream);
    }

    private boolean isOwn(PartitionDescription partition) {
        return isOf(keys, partition);
    }

    private static boolean isOf(KeyRange keys, PartitionDescription partition) {
        return partition.keys().overlaps(keys);
    }

    // ---- what shows partitions

    @Override
    public Future<StreamDescription> describe(String stream) {
        return isSource(stream) ? whole.describe(stream).map(all -> view(all, keys)) : whole.describe(stream);
    }

    /** What a part sees of a stream. */
    static StreamDescription view(StreamDescription all, KeyRange keys) {
        List<Scaling> scalings = new ArrayList<>();
        for (Scaling scaling : all.scalings()) {
            Scaling own = new Scaling(
                    scaling.stamp(),
                    scaling.sealed().stream()
                            .filter(parent -> isOf(keys, parent.partition()))
                            .toList(),
                    scaling.opened().stream()
                            .filter(opened -> isOf(keys, opened))
                            .toList());
            boolean isSealing = scaling.opened().isEmpty() && !own.sealed().isEmpty();
            if (isSealing || !own.opened().isEmpty()) {
                scalings.add(own);
            }
        }
        return new StreamDescription(
                all.name(),
                all.partitions().stream().filter(open -> isOf(keys, open)).toList(),
                scalings,
                all.exclusive());
    }

    @Override
    public Future<StreamCut> startCut(String stream) {
        return own(stream, whole.startCut(stream));
    }

    @Override
    public Future<StreamCut> endCut(String stream) {
        return own(stream, whole.endCut(stream));
    }

    /** Described after the cut, so that every partition that the cut names is known. */
    private Future<StreamCut> own(String stream, Future<StreamCut> cut) {
        return isSource(stream)
                ? cut.compose(of -> whole.describe(stream).map(all -> {
                    SortedMap<Long, Long> offsets = new TreeMap<>(of.offsets());
                    offsets.keySet().removeIf(id -> !isOwn(all.partition(id)));
                    return new StreamCut(of.stream(), offsets);
                }))
                : cut;
    }

    /**
     * The part has no use for the events of other partitions, so retention does not wait for it there. An open partition that took over
     * from one at which the part still is, or will be, is left out, because a note of it counts for that one too.
     */
    @Override
    public Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed) {
        return isSource(stream)
                ? whole.endCut(stream).compose(end -> whole.describe(stream).compose(all -> {
                    SortedMap<Long, Long> offsets = new TreeMap<>(consumed.offsets());
                    Set<Long> passed = all.withAncestors(consumed.offsets().keySet());
                    passed.removeAll(consumed.offsets().keySet());
                    end.offsets().forEach((id, offset) -> {
                        boolean isOfNoUse = all.withAncestors(List.of(id)).stream()
                                .allMatch(each -> passed.contains(each) || !isOwn(all.partition(each)));
                        if (isOfNoUse) {
                            offsets.put(id, offset);
                        }
                    });
                    return whole.commitConsumed(stream, subscriber, new StreamCut(source, offsets));
                }))
                : whole.commitConsumed(stream, subscriber, consumed);
    }

    // ---- all else

    @Override
    public Future<Boolean> createScope(String scope) {
        return whole.createScope(scope);
    }

    @Override
    public Future<Void> deleteScope(String scope) {
        return whole.deleteScope(scope);
    }

    @Override
    public Future<List<String>> scopes() {
        return whole.scopes();
    }

    @Override
    public Future<StreamDescription> createStream(String stream, StreamOptions options) {
        return whole.createStream(stream, options);
    }

    @Override
    public Future<StreamDescription> createReserved(String stream, StreamOptions options) {
        return whole.createReserved(stream, options);
    }

    @Override
    public Future<List<StreamName>> streams(String scope) {
        return whole.streams(scope);
    }

    @Override
    public Future<Void> deleteStream(String stream) {
        return whole.deleteStream(stream);
    }

    @Override
    public Future<Long> stampsAheadMillis(String stream) {
        return whole.stampsAheadMillis(stream);
    }

    @Override
    public Future<Void> truncate(String stream, StreamCut before) {
        return whole.truncate(stream, before);
    }

    @Override
    public Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open) {
        return whole.scale(stream, seal, open);
    }

    @Override
    public Future<StreamDescription> sealStream(String stream) {
        return whole.sealStream(stream);
    }

    @Override
    public Future<Void> setScaling(String stream, ScalingPolicy policy) {
        return whole.setScaling(stream, policy);
    }

    @Override
    public Future<Void> setRetention(String stream, Retention retention) {
        return whole.setRetention(stream, retention);
    }

    @Override
    public Future<StreamPolicies> policies(String stream) {
        return whole.policies(stream);
    }

    @Override
    public Future<Boolean> forgetSubscriber(String stream, String subscriber) {
        return whole.forgetSubscriber(stream, subscriber);
    }

    @Override
    public Future<SortedMap<String, StreamCut>> subscribers(String stream) {
        return whole.subscribers(stream);
    }

    @Override
    public Future<List<SubscriberNote>> subscriberNotes(String stream) {
        return whole.subscriberNotes(stream);
    }

    @Override
    public Future<Void> retireWriter(String stream, String writerId) {
        return whole.retireWriter(stream, writerId);
    }
}
