package io.strandline.processing.aggregate.impl;

import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The owner of one partition, from its first claim until the partition is sealed or somebody else takes over. Calls that come while
 * nothing is claimed wait here, in their order. All of it runs on the owner's context.
 */
final class PartitionOwner<C, E, S> {

    private enum State {
        /** Nothing is claimed. The next call claims. */
        RESTING,
        CLAIMING,
        OWNING,
        /** The partition is sealed, and the stream is asked which took over. */
        FOLLOWING,
        /** Others took over its keys. Calls are handed on. */
        MOVED,
        /** It takes no calls any more. */
        ENDED
    }

    private final OwnerVerticle<C, E, S> owner;
    private final Setting<C, E, S> setting;
    private final PartitionDescription partition;
    private final Promise<Void> begun = Promise.promise();
    private final ArrayDeque<Call<C, S>> waiting = new ArrayDeque<>();

    private State state = State.RESTING;
    private @Nullable Claimed<C, E, S> claimed;
    /** Set once, and read by other contexts too. */
    private volatile List<PartitionOwner<C, E, S>> successors = List.of();

    private @Nullable Throwable end;

    PartitionOwner(OwnerVerticle<C, E, S> owner, PartitionDescription partition) {
        this.owner = owner;
        this.setting = owner.setting();
        this.partition = partition;
    }

    KeyRange keys() {
        return partition.keys();
    }

    long partition() {
        return partition.id();
    }

    /** Those that took over its keys. None while it has them. Callable from any thread. */
    List<PartitionOwner<C, E, S>> successors() {
        return successors;
    }

    /** Completes when the partition was claimed first, or all of those that took over from it. */
    Future<Void> begun() {
        return begun.future();
    }

    /** Claims the partition. To be called on any thread. */
    void begin() {
        owner.run(() -> {
            if (state == State.RESTING) {
                claim();
            }
        });
    }

    /** Takes a call, from any thread: at once on its own context. */
    void submit(Call<C, S> call) {
        if (owner.isCurrent()) {
            take(call);
        } else {
            owner.run(() -> take(call));
        }
    }

    private void take(Call<C, S> call) {
        Claimed<C, E, S> now = claimed;
        if (now != null) {
            now.take(call);
            return;
        }
        switch (state) {
            case MOVED -> handOn(call);
            case ENDED -> call.fail(end == null ? new IllegalStateException("ended without a cause") : end);
            case RESTING -> {
                waiting.add(call);
                claim();
            }
            case CLAIMING, OWNING, FOLLOWING -> waiting.add(call);
        }
    }

    // ---- claim

    private void claim() {
        state = State.CLAIMING;
        claim(pauses());
    }

    private Pauses pauses() {
        return new Pauses(owner.vertxContext(), setting.options().getRetryTimeoutMillis());
    }

    private void claim(Pauses pauses) {
        if (state != State.CLAIMING) {
            return;
        }
        MeasuredCodec<E> codec = new MeasuredCodec<>(setting.aggregate().eventCodec());
        setting.generation()
                .claim(owner.vertxContext(), generation -> createWriter(codec, generation))
                .onComplete((writer, cause) -> {
                    if (writer != null) {
                        own(writer, codec);
                    } else {
                        notClaimed(pauses, cause == null ? new IllegalStateException("no answer") : cause);
                    }
                });
    }

    private Future<EventWriter<E>> createWriter(MeasuredCodec<E> codec, long generation) {
        WriterOptions options = new WriterOptions()
                .setClaim(partition.id())
                .setClaimGeneration(generation)
                .setRetryTimeoutMillis(setting.options().getRetryTimeoutMillis());
        return setting.log().createWriter(setting.stream().toString(), codec, options);
    }

    private void own(EventWriter<E> writer, MeasuredCodec<E> codec) {
        if (state != State.CLAIMING) {
            writer.end();
            return;
        }
        state = State.OWNING;
        Claimed<C, E, S> now = new Claimed<>(owner, writer, codec, this::ended);
        claimed = now;
        begun.tryComplete();
        while (claimed == now && !waiting.isEmpty()) {
            now.take(waiting.remove());
        }
    }

    private void notClaimed(Pauses pauses, Throwable cause) {
        if (state != State.CLAIMING) {
            return;
        }
        if (cause instanceof StrandlineException.Sealed) {
            follow();
        } else if (!StrandlineException.isTransient(cause)) {
            end(cause);
        } else if (!pauses.again(() -> claim(pauses))) {
            rest(new StrandlineException.Unavailable(
                    "partition " + partition.id() + " of " + setting.stream() + " could not be claimed within "
                            + setting.options().getRetryTimeoutMillis() + " ms: " + cause.getMessage(),
                    cause));
        }
    }

    /** Fails what waits. The next call claims again. */
    private void rest(Throwable cause) {
        state = State.RESTING;
        begun.tryFail(cause);
        failWaiting(cause);
    }

    private void failWaiting(Throwable cause) {
        List<Call<C, S>> failed = new ArrayList<>(waiting);
        waiting.clear();
        failed.forEach(call -> call.fail(cause));
    }

    /** A claim has ended. */
    private void ended(Throwable cause, List<Call<C, S>> again) {
        claimed = null;
        for (int i = again.size() - 1; i >= 0; i--) {
            waiting.addFirst(again.get(i));
        }
        if (end != null) {
            failWaiting(end);
        } else if (cause instanceof StrandlineException.Sealed) {
            follow();
        } else if (!StrandlineException.isTransient(cause)) {
            end(cause);
        } else if (waiting.isEmpty()) {
            state = State.RESTING;
        } else {
            claim();
        }
    }

    private void end(Throwable cause) {
        state = State.ENDED;
        end = cause;
        begun.tryFail(cause);
        failWaiting(cause);
    }

    // ---- follow a scaling

    private void follow() {
        state = State.FOLLOWING;
        follow(pauses());
    }

    private void follow(Pauses pauses) {
        if (state != State.FOLLOWING) {
            return;
        }
        setting.log().catalog().describe(setting.stream().toString()).onComplete((stream, cause) -> {
            if (state != State.FOLLOWING) {
                return;
            }
            if (stream != null && stream.sealed(partition.id()) != null) {
                moved(stream);
            } else if (cause != null && !StrandlineException.isTransient(cause)) {
                end(cause);
            } else if (!pauses.again(() -> follow(pauses))) {
                rest(new StrandlineException.Unavailable("partition " + partition.id() + " of " + setting.stream()
                        + " is sealed, and the log did not say within "
                        + setting.options().getRetryTimeoutMillis() + " ms which took over"));
            }
        });
    }

    private void moved(StreamDescription stream) {
        TreeMap<Long, PartitionDescription> open = new TreeMap<>(Long::compareUnsigned);
        ArrayDeque<PartitionDescription> found = new ArrayDeque<>(stream.successors(partition.id()));
        while (!found.isEmpty()) {
            PartitionDescription next = found.remove();
            if (!next.keys().overlaps(keys())) {
                continue;
            }
            if (stream.sealed(next.id()) == null) {
                open.put(next.keys().from(), next);
            } else {
                found.addAll(stream.successors(next.id()));
            }
        }
        successors = open.values().stream().map(owner::ownerOf).toList();
        state = State.MOVED;
        List<Call<C, S>> handed = new ArrayList<>(waiting);
        waiting.clear();
        handed.forEach(this::handOn);
        owner.moved(this, successors);
        Future.join(successors.stream().map(PartitionOwner::begun).toList())
                .<Void>mapEmpty()
                .onComplete((all, cause) -> {
                    if (cause == null) {
                        begun.tryComplete();
                    } else {
                        begun.tryFail(cause);
                    }
                });
    }

    private void handOn(Call<C, S> call) {
        for (PartitionOwner<C, E, S> successor : successors) {
            if (successor.keys().contains(call.hash)) {
                successor.submit(call);
                return;
            }
        }
        call.fail(new IllegalStateException("no partition took over " + call.id + " from " + partition));
    }

    // ---- close

    /** Takes no calls any more. Completes when those under way are answered. On its context. */
    Future<Void> close(StrandlineException cause) {
        Claimed<C, E, S> now = claimed;
        if (state != State.MOVED) {
            state = State.ENDED;
            end = cause;
        }
        failWaiting(cause);
        begun.tryFail(cause);
        return now == null ? Future.succeededFuture() : now.close();
    }
}
