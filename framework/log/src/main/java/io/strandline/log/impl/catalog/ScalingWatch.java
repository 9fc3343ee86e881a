package io.strandline.log.impl.catalog;

import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.ScalingPolicy;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.log.impl.state.Answers;
import io.strandline.log.impl.state.Partition;
import io.strandline.log.spi.Clock;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.Timers;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Scales streams by their policies. In ticks it asks the shards how much was appended to each partition since the last
 * tick. For that, an append pays only for a sum per batch. Runs on shard 0's executor, and sleeps while no stream has a
 * policy.
 */
final class ScalingWatch {

    /** Ticks in a cool-down, between the bounds below. */
    private static final int TICKS_PER_COOL_DOWN = 8;

    private static final long MIN_TICK_MILLIS = 25;
    private static final long MAX_TICK_MILLIS = 1_000;

    private static final Logger LOG = Logger.of(ScalingWatch.class);

    private final CatalogChanges changes;
    private final StreamSagas sagas;
    private final StreamShards shards;
    private final ShardHost home;
    private final Timers timers;
    private final Clock clock;
    private final Map<StreamName, Watched> watched = new HashMap<>();
    private boolean awake;
    private boolean stopped;

    /** @param home shard 0 */
    ScalingWatch(
            CatalogChanges changes, StreamSagas sagas, StreamShards shards, ShardHost home, Environment environment) {
        this.changes = changes;
        this.sagas = sagas;
        this.shards = shards;
        this.home = home;
        this.timers = environment.timers();
        this.clock = environment.clock();
    }

    /** A stream that scales by itself. */
    record Governed(StreamDescription stream, ScalingPolicy policy) {}

    /** What was appended to a partition so far. */
    private record Sample(long events, long bytes, int ranges) {}

    /** Streams that scale by themselves. */
    Future<List<Governed>> governed() {
        return changes.query(catalog -> catalog.streams().values().stream()
                .filter(stream -> !catalog.sealing().contains(stream.name()))
                .map(stream -> new Governed(stream, catalog.scalingSet(stream).policy()))
                .filter(governed -> governed.policy().kind() != ScalingPolicy.Kind.FIXED)
                .toList());
    }

    /** Watches streams from now on, as long as one has a policy. To be called when a stream may have got one. */
    void wake() {
        home.execute(() -> {
            if (!awake && !stopped) {
                awake = true;
                after(MIN_TICK_MILLIS);
            }
        });
    }

    void stop() {
        home.execute(() -> stopped = true);
    }

    private void after(long delayMillis) {
        timers.after(0, delayMillis, this::tick);
    }

    private void tick() {
        if (!stopped) {
            Answers.of(this::governed)
                    .onComplete(asked -> home.execute(() -> {
                        if (asked.failed()) {
                            // Shard 0 recovers: the streams are there when it is back.
                            after(MAX_TICK_MILLIS);
                        } else if (!ticked(asked.result())) {
                            after(MAX_TICK_MILLIS);
                        }
                    }));
        }
    }

    /** False if that threw, so that nobody has set the next tick. */
    private boolean ticked(List<Governed> streams) {
        try {
            tick(streams);
            return true;
        } catch (RuntimeException thrown) {
            LOG.warn("streams with a scaling policy could not be looked at, and are in {} ms", MAX_TICK_MILLIS, thrown);
            return false;
        }
    }

    private void tick(List<Governed> streams) {
        Set<StreamName> names = new HashSet<>();
        long tickMillis = MAX_TICK_MILLIS;
        Future<Void> looked = Future.succeededFuture();
        for (Governed governed : streams) {
            names.add(governed.stream().name());
            tickMillis = Math.min(tickMillis, governed.policy().coolDownMillis() / TICKS_PER_COOL_DOWN);
            looked = looked.compose(before -> look(governed));
        }
        watched.keySet().retainAll(names);
        if (streams.isEmpty()) {
            awake = false;
            return;
        }
        long delayMillis = Math.max(MIN_TICK_MILLIS, tickMillis);
        looked.onComplete(done -> home.execute(() -> after(delayMillis)));
    }

    /** Measures one stream and scales it if it is time. Never fails. */
    private Future<Void> look(Governed governed) {
        StreamName name = governed.stream().name();
        return shards.ask(
                        governed.stream().partitions(),
                        partition ->
                                new Sample(partition.endOffset(), partition.appliedBytes(), partition.tables().length))
                .compose(samples -> onHome(() -> {
                    Watched stream = watched.get(name);
                    if (stream == null || !stream.policy.equals(governed.policy())) {
                        stream = new Watched(governed.policy());
                        watched.put(name, stream);
                    }
                    return stream.take(governed.stream().partitions(), samples, clock.monotonicNanos());
                }))
                .compose(plan -> plan == null ? Future.succeededFuture() : sagas.scale(name, plan.seal(), plan.open()))
                .transform(outcome -> onHome(() -> {
                    note(name, outcome.cause());
                    return null;
                }));
    }

    private <T extends @Nullable Object> Future<T> onHome(Supplier<T> step) {
        Promise<T> promise = Promise.promise();
        home.execute(() -> Answers.handle(promise, Answers.of(() -> Future.succeededFuture(step.get()))));
        return promise.future();
    }

    /** A failure is said once, and the next tick tries again. */
    private void note(StreamName name, @Nullable Throwable failure) {
        Watched stream = watched.get(name);
        if (stream != null) {
            if (failure != null && !stream.fails && !stopped) {
                LOG.warn("stream {} could not be scaled by its policy, and is tried again", name, failure);
            }
            stream.fails = failure != null;
        }
    }

    /** A scaling that is due. */
    private record Plan(Set<Long> seal, List<KeyRange> open) {}

    /** The rates of one stream. */
    private static final class Watched {

        private final ScalingPolicy policy;
        private final Map<Long, Rate> rates = new HashMap<>();
        private long changedNanos;
        private boolean fails;

        Watched(ScalingPolicy policy) {
            this.policy = policy;
        }

        /** Takes the samples from the shards. Returns a scaling if one is due. */
        @Nullable
        Plan take(List<PartitionDescription> partitions, Map<Long, Sample> samples, long now) {
            if (!rates.keySet().equals(samples.keySet())) {
                changedNanos = now;
            }
            rates.keySet().retainAll(samples.keySet());
            samples.forEach((id, sample) -> {
                long total = policy.kind() == ScalingPolicy.Kind.EVENT_RATE ? sample.events() : sample.bytes();
                rates.computeIfAbsent(id, any -> new Rate(total, now)).take(total, now, policy.coolDownMillis());
            });
            if (now - changedNanos < policy.coolDownMillis() * 1_000_000) {
                return null;
            }
            Plan split = split(partitions);
            return split == null ? merge(partitions, samples) : split;
        }

        private double rate(PartitionDescription partition) {
            return Objects.requireNonNull(rates.get(partition.id())).perSecond();
        }

        /** Halves the partitions that are above twice the target, the busiest first. */
        private @Nullable Plan split(List<PartitionDescription> partitions) {
            List<PartitionDescription> busy = partitions.stream()
                    .filter(partition -> rate(partition) > 2.0 * policy.target()
                            && partition.keys().from() != partition.keys().to())
                    .sorted(Comparator.comparingDouble(this::rate).reversed())
                    .limit(Math.max(0, policy.maxPartitions() - partitions.size()))
                    .toList();
            Set<Long> seal = new HashSet<>();
            List<KeyRange> open = new ArrayList<>();
            for (PartitionDescription partition : busy) {
                seal.add(partition.id());
                open.addAll(partition.keys().halves());
            }
            return seal.isEmpty() ? null : new Plan(seal, open);
        }

        /** Joins neighbours that are together below half of the target. */
        private @Nullable Plan merge(List<PartitionDescription> partitions, Map<Long, Sample> samples) {
            Set<Long> seal = new HashSet<>();
            List<KeyRange> open = new ArrayList<>();
            int most = partitions.size() - policy.minPartitions();
            for (int i = 1; i < partitions.size() && open.size() < most; i++) {
                PartitionDescription first = partitions.get(i - 1);
                PartitionDescription second = partitions.get(i);
                if (!seal.contains(first.id())
                        && rate(first) + rate(second) < 0.5 * policy.target()
                        && ranges(samples, first) + ranges(samples, second) <= Partition.MAX_RANGES) {
                    seal.add(first.id());
                    seal.add(second.id());
                    open.add(new KeyRange(first.keys().from(), second.keys().to()));
                }
            }
            return seal.isEmpty() ? null : new Plan(seal, open);
        }

        private static int ranges(Map<Long, Sample> samples, PartitionDescription partition) {
            return Objects.requireNonNull(samples.get(partition.id())).ranges();
        }
    }

    /** A mean in which what is older than a cool-down counts for little. */
    private static final class Rate {

        private long total;
        private long nanos;
        private double smoothed;

        /** How much of the mean was observed, rather than taken to be 0: rises from 0 to 1. */
        private double observed;

        Rate(long total, long nanos) {
            this.total = total;
            this.nanos = nanos;
        }

        void take(long newTotal, long now, long coolDownMillis) {
            double seconds = (now - nanos) / 1e9;
            if (seconds <= 0) {
                return;
            }
            // A shard that recovered counts bytes from 0 again.
            double perSecond = (newTotal >= total ? newTotal - total : newTotal) / seconds;
            double share = 1 - Math.exp(-seconds * 1_000 / coolDownMillis);
            smoothed += share * (perSecond - smoothed);
            observed += share * (1 - observed);
            total = newTotal;
            nanos = now;
        }

        double perSecond() {
            return observed == 0 ? 0 : smoothed / observed;
        }
    }
}
