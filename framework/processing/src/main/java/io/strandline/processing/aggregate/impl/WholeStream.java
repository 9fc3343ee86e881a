package io.strandline.processing.aggregate.impl;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.aggregate.Aggregates;
import io.strandline.processing.aggregate.impl.Call.Taker;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** All partitions of a stream are owned here, by claims of one generation. Any thread may call it. */
final class WholeStream<C, E, S> implements Ownership<C, E, S>, PartitionOwner.After<C, E, S> {

    private final Vertx vertx;
    private final Setting<C, E, S> setting;
    private final BooleanSupplier isClosing;
    private final ClaimGeneration generation = new ClaimGeneration();
    private final ConcurrentHashMap<Long, PartitionOwner<C, E, S>> byPartition = new ConcurrentHashMap<>();

    /** First key → where calls of that key and those after it enter, ordered as unsigned numbers. Set once. */
    private volatile TreeMap<Long, Entry<C, S>> entries = new TreeMap<>();

    private volatile @Nullable AggregateEndpoint<C, E, S> endpoint;

    /** @param isClosing whether the aggregates take no more calls. Any thread may ask */
    WholeStream(Vertx vertx, Setting<C, E, S> setting, BooleanSupplier isClosing) {
        this.vertx = vertx;
        this.setting = setting;
        this.isClosing = isClosing;
    }

    @Override
    public Future<?> begin(
            StreamDescription stream, List<OwnerVerticle<C, E, S>> verticles, Aggregates<C, S> aggregates) {
        Map<OwnerVerticle<C, E, S>, Entry<C, S>> byVerticle = new HashMap<>();
        TreeMap<Long, Entry<C, S>> first = new TreeMap<>(Long::compareUnsigned);
        List<PartitionOwner<C, E, S>> owners = new ArrayList<>();
        int next = 0;
        for (PartitionDescription partition : stream.partitions()) {
            OwnerVerticle<C, E, S> verticle = verticles.get(next++ % verticles.size());
            PartitionOwner<C, E, S> owner = made(partition, verticle);
            byPartition.put(partition.id(), owner);
            owners.add(owner);
            Entry<C, S> entry = byVerticle.computeIfAbsent(verticle, by -> new Entry<>(by::run));
            entry.add(owner);
            first.put(partition.keys().from(), entry);
        }
        entries = first;
        // Only now: what is sealed is followed by the entries.
        owners.forEach(PartitionOwner::begin);
        List<Future<Void>> begun = owners.stream().map(PartitionOwner::begun).toList();
        return Future.join(begun).compose(claimed -> serve(aggregates));
    }

    /** Takes calls from elsewhere, if there is an address for them. */
    private Future<?> serve(Aggregates<C, S> aggregates) {
        String address = setting.options().getAddress();
        return address == null
                ? Future.succeededFuture()
                : AggregateEndpoint.open(vertx, aggregates, setting, address, generation.begun(), isClosing)
                        .onSuccess(opened -> endpoint = opened);
    }

    private PartitionOwner<C, E, S> made(PartitionDescription partition, OwnerVerticle<C, E, S> verticle) {
        PartitionOwner<C, E, S> made = new PartitionOwner<>(verticle, partition, generation, this);
        made.handedOn().onSuccess(done -> moved(made));
        verticle.add(made);
        return made;
    }

    private PartitionOwner<C, E, S> ownerOf(PartitionDescription partition, OwnerVerticle<C, E, S> otherwise) {
        return byPartition.computeIfAbsent(partition.id(), id -> {
            PartitionOwner<C, E, S> made = made(partition, otherwise);
            made.begin();
            return made;
        });
    }

    // ---- calls

    @Override
    public void route(Call<C, S> call) {
        Objects.requireNonNull(entries.floorEntry(call.hash)).getValue().take(call);
    }

    // ---- scalings

    @Override
    public Future<Optional<Taker<C, S>>> sealed(PartitionOwner<C, E, S> from) {
        return setting.log().catalog().describe(setting.stream().toString()).map(stream -> {
            if (stream.sealed(from.partition()) == null) {
                return Optional.empty();
            }
            List<PartitionOwner<C, E, S>> owners = successors(stream, from);
            from.succeededBy(owners);
            if (owners.isEmpty()) {
                // Nothing took over, because the whole stream is sealed. The calls go on to come here.
                StrandlineException sealed =
                        new StrandlineException.Sealed("stream " + setting.stream() + " is sealed");
                return Optional.of(call -> call.fail(sealed));
            }
            return Optional.of(call -> handOn(call, from));
        });
    }

    private void handOn(Call<C, S> call, PartitionOwner<C, E, S> from) {
        for (PartitionOwner<C, E, S> successor : from.successors()) {
            if (successor.keys().contains(call.hash)) {
                successor.submit(call);
                return;
            }
        }
        call.fail(
                new IllegalStateException("no partition took over " + call.id + " from partition " + from.partition()));
    }

    private List<PartitionOwner<C, E, S>> successors(StreamDescription stream, PartitionOwner<C, E, S> from) {
        TreeMap<Long, PartitionDescription> open = new TreeMap<>(Long::compareUnsigned);
        ArrayDeque<PartitionDescription> found = new ArrayDeque<>(stream.successors(from.partition()));
        while (!found.isEmpty()) {
            PartitionDescription next = found.remove();
            if (!next.keys().overlaps(from.keys())) {
                continue;
            }
            if (stream.sealed(next.id()) == null) {
                open.put(next.keys().from(), next);
            } else {
                found.addAll(stream.successors(next.id()));
            }
        }
        return open.values().stream()
                .map(partition -> ownerOf(partition, from.verticle()))
                .toList();
    }

    /** The keys of an owner went to others, which have what it had. */
    private void moved(PartitionOwner<C, E, S> from) {
        if (!from.successors().isEmpty()) {
            byPartition.remove(from.partition(), from);
            Set.copyOf(entries.values()).forEach(entry -> entry.follow(from));
        }
    }

    // ---- others

    @Override
    public boolean isShared() {
        return false;
    }

    @Override
    public Taker<C, S> fenced(PartitionOwner<C, E, S> from) {
        throw new IllegalStateException(setting.named() + " are not shared");
    }

    /** It stays where it is, so that its calls fail: no partition comes back to an opening that has lost it. */
    @Override
    public void failed(PartitionOwner<C, E, S> from, Throwable cause) {}

    @Override
    public Future<?> close() {
        AggregateEndpoint<C, E, S> served = endpoint;
        return served == null ? Future.succeededFuture() : served.close();
    }
}
