package io.strandline.processing.aggregate.impl;

import io.strandline.EventWriter;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.processing.aggregate.impl.Call.Taker;
import io.strandline.processing.impl.Retries;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.tracing.TracingPolicy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The owner of one partition, from its first claim until the partition is sealed or somebody else takes over. Calls that come while
 * nothing is claimed wait here, in their order. All of it runs on the owner's context.
 */
final class PartitionOwner<C, E, S> implements PartitionClaim.Ended<C, S>, Entry.Owner<C, S> {

    private enum State {
        /** Nothing is claimed. The next call claims. */
        RESTING,
        CLAIMING,
        OWNING,
        /** The partition is sealed, and it is asked who took over. */
        FOLLOWING,
        /** It owns nothing any more. Others take its calls, or they fail. */
        GONE
    }

    /** What becomes of the calls of a partition that is not owned here any more. */
    interface After<C, E, S> {

        /** Asks who takes over from a sealed partition, on the owner's context. Empty if the log does not say yet. */
        Future<Optional<Taker<C, S>>> sealed(PartitionOwner<C, E, S> from);

        /** Whether others take the calls of a partition that somebody else has claimed. If not, they fail. */
        boolean isShared();

        /** Who takes over after somebody else has claimed the partition. To be called if it is shared. */
        Taker<C, S> fenced(PartitionOwner<C, E, S> from);

        /** Hears that an owner has ended for another reason that does not pass. Its calls fail. */
        void failed(PartitionOwner<C, E, S> from, Throwable cause);
    }

    private final OwnerVerticle<C, E, S> owner;
    private final Setting<C, E, S> setting;
    private final PartitionDescription partition;
    private final ClaimGeneration generation;
    private final After<C, E, S> after;
    private final Promise<Void> begun = Promise.promise();
    private final Promise<Void> handedOn = Promise.promise();
    private final ArrayDeque<Call<C, S>> waiting = new ArrayDeque<>();

    private State state = State.RESTING;
    private @Nullable PartitionClaim<C, E, S> held;

    /** The claim that is being let go, until the calls under way are answered or the partition is lost. */
    private @Nullable PartitionClaim<C, E, S> letGo;

    /** Set when it is gone. */
    private @Nullable Taker<C, S> taker;

    /** Set once, and read by other contexts too. */
    private volatile List<PartitionOwner<C, E, S>> successors = List.of();

    /** @param generation of its claims */
    PartitionOwner(
            OwnerVerticle<C, E, S> owner,
            PartitionDescription partition,
            ClaimGeneration generation,
            After<C, E, S> after) {
        this.owner = owner;
        this.setting = owner.setting();
        this.partition = partition;
        this.generation = generation;
        this.after = after;
    }

    OwnerVerticle<C, E, S> verticle() {
        return owner;
    }

    @Override
    public KeyRange keys() {
        return partition.keys();
    }

    long partition() {
        return partition.id();
    }

    /** Those that took over its keys under the same opening. */
    @Override
    public List<PartitionOwner<C, E, S>> successors() {
        return successors;
    }

    /** Completes when the partition was claimed first, or all of those that took over from it. */
    Future<Void> begun() {
        return begun.future();
    }

    /**
     * Completes on its context when the partition is sealed and those that took over have the calls that waited. What still comes goes
     * on to them at once.
     */
    Future<Void> handedOn() {
        return handedOn.future();
    }

    @Override
    public boolean hasHandedOn() {
        return handedOn.future().isComplete();
    }

    /** Claims the partition. To be called on any thread. */
    void begin() {
        owner.run(() -> {
            if (state == State.RESTING) {
                claim();
            }
        });
    }

    @Override
    public void submit(Call<C, S> call) {
        if (owner.isCurrent()) {
            take(call);
        } else {
            owner.run(() -> take(call));
        }
    }

    @Override
    public void run(Runnable task) {
        owner.run(task);
    }

    private void take(Call<C, S> call) {
        PartitionClaim<C, E, S> now = held;
        if (now != null && !now.isSettled()) {
            now.take(call);
            return;
        }
        switch (state) {
            case GONE -> handOn(call);
            case RESTING -> {
                waiting.add(call);
                claim();
            }
            case CLAIMING, OWNING, FOLLOWING -> waiting.add(call);
        }
    }

    private void handOn(Call<C, S> call) {
        Taker<C, S> next = taker;
        if (next == null) {
            call.fail(new IllegalStateException("nobody took over from partition " + partition));
        } else {
            next.take(call);
        }
    }

    // ---- claim

    private void claim() {
        state = State.CLAIMING;
        claim(retries());
    }

    private Retries retries() {
        return new Retries(owner.vertxContext(), setting.options().getRetryTimeoutMillis());
    }

    private void claim(Retries retries) {
        if (state != State.CLAIMING) {
            return;
        }
        MeasuredCodec<E> codec = new MeasuredCodec<>(setting.aggregate().eventCodec());
        generation
                .claim(owner.vertxContext(), generation -> createWriter(codec, generation))
                .onComplete((writer, cause) -> {
                    if (writer != null) {
                        own(writer, codec);
                    } else {
                        notClaimed(retries, cause == null ? new IllegalStateException("no answer") : cause);
                    }
                });
    }

    private Future<EventWriter<E>> createWriter(MeasuredCodec<E> codec, long generation) {
        WriterOptions options = new WriterOptions()
                .setClaim(partition.id())
                .setClaimGeneration(generation)
                .setRetryTimeoutMillis(setting.options().getRetryTimeoutMillis())
                // The span is that of the command, whose headers its events have.
                .setTracingPolicy(TracingPolicy.IGNORE);
        return setting.log().createWriter(setting.stream().toString(), codec, options);
    }

    private void own(EventWriter<E> writer, MeasuredCodec<E> codec) {
        if (state != State.CLAIMING) {
            writer.end();
            return;
        }
        state = State.OWNING;
        PartitionClaim<C, E, S> now = new PartitionClaim<>(owner, partition, writer, codec, this);
        held = now;
        begun.tryComplete();
        while (held == now && !waiting.isEmpty()) {
            now.take(waiting.remove());
        }
    }

    private void notClaimed(Retries retries, Throwable cause) {
        if (state != State.CLAIMING) {
            return;
        }
        if (cause instanceof StrandlineException.Sealed) {
            follow();
        } else if (!StrandlineException.isTransient(cause)) {
            endFor(cause);
        } else if (!retries.again(() -> claim(retries))) {
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

    @Override
    public boolean goesOn(Throwable cause) {
        return cause instanceof StrandlineException.Sealed
                || (cause instanceof StrandlineException.Fenced && after.isShared());
    }

    @Override
    public void ended(Throwable cause, List<Call<C, S>> again) {
        held = null;
        for (int i = again.size() - 1; i >= 0; i--) {
            waiting.addFirst(again.get(i));
        }
        if (state == State.GONE) {
            handAllOn();
        } else if (cause instanceof StrandlineException.Sealed) {
            follow();
        } else if (!StrandlineException.isTransient(cause)) {
            endFor(cause);
        } else if (waiting.isEmpty()) {
            state = State.RESTING;
        } else {
            claim();
        }
    }

    /** The claim is lost for a reason that does not pass. */
    private void endFor(Throwable cause) {
        begun.tryFail(cause);
        owner.remove(this);
        if (goesOn(cause)) {
            gone(after.fenced(this));
        } else {
            gone(call -> call.fail(cause));
            after.failed(this, cause);
        }
    }

    private void gone(Taker<C, S> next) {
        taker = next;
        state = State.GONE;
        handAllOn();
    }

    private void handAllOn() {
        List<Call<C, S>> handed = new ArrayList<>(waiting);
        waiting.clear();
        handed.forEach(this::handOn);
    }

    // ---- follow a scaling

    private void follow() {
        state = State.FOLLOWING;
        follow(retries());
    }

    private void follow(Retries retries) {
        if (state != State.FOLLOWING) {
            return;
        }
        after.sealed(this)
                .onComplete((found, cause) -> owner.run(() -> {
                    if (state != State.FOLLOWING) {
                        return;
                    }
                    if (found != null && found.isPresent()) {
                        owner.remove(this);
                        gone(found.get());
                        handedOn.complete();
                    } else if (cause != null && !StrandlineException.isTransient(cause)) {
                        endFor(cause);
                    } else if (!retries.again(() -> follow(retries))) {
                        rest(new StrandlineException.Unavailable(
                                "partition " + partition.id() + " of " + setting.stream()
                                        + " is sealed, and the log did not say within "
                                        + setting.options().getRetryTimeoutMillis() + " ms which took over"));
                    }
                }));
    }

    /** Its keys went to others, which are claimed under the same opening. */
    void succeededBy(List<PartitionOwner<C, E, S>> others) {
        successors = others;
        Future.join(others.stream().map(PartitionOwner::begun).toList()).onComplete((all, cause) -> {
            if (cause == null) {
                begun.tryComplete();
            } else {
                begun.tryFail(cause);
            }
        });
    }

    // ---- give up

    /** Somebody else has the partition, or will: others take its calls. Those under way are answered first. On its context. */
    Future<Void> release(Taker<C, S> next) {
        PartitionClaim<C, E, S> now = held;
        held = null;
        letGo = now;
        gone(next);
        owner.remove(this);
        return now == null ? Future.succeededFuture() : now.close();
    }

    /** As {@link #release}, and nothing is answered from its states any more. */
    void lose(Taker<C, S> next) {
        PartitionClaim<C, E, S> now = held == null ? letGo : held;
        gone(next);
        owner.remove(this);
        if (now != null) {
            now.end(new StrandlineException.Fenced(
                    "partition " + partition.id() + " of " + setting.stream() + " is another member's"));
        }
    }

    // ---- close

    /** Takes no calls any more. Completes when those under way are answered. On its context. */
    Future<Void> close(StrandlineException cause) {
        PartitionClaim<C, E, S> now = held;
        if (state != State.GONE) {
            gone(call -> call.fail(cause));
        }
        begun.tryFail(cause);
        return now == null ? Future.succeededFuture() : now.close();
    }
}
