package io.strandline.processing.aggregate.impl;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.processing.aggregate.AggregateState;
import io.strandline.processing.aggregate.Outcome;
import io.strandline.processing.aggregate.impl.Call.Taker;
import io.strandline.sync.bus.BusFailure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Brings the calls that enter at one context to the members that own their partitions: here, over the event bus, or later, when
 * somebody owns them. A call is sent again only if nothing was done, or if it is repeatable and the member that has it is gone. All of
 * it runs on its context.
 */
final class CallRouter<C, E, S> implements Taker<C, S> {

    /** How long calls without an owner wait at most until they are looked at again, in milliseconds. */
    private static final long LOOK_MILLIS = 10;

    /** The same while this member is late, so that nothing is known of the owners. */
    private static final long LATE_LOOK_MILLIS = 100;

    private final OwnerVerticle<C, E, S> verticle;
    private final Setting<C, E, S> setting;
    private final AggregateFormat<C, E, S> format;
    private final String address;
    private final String self;
    private final Function<Long, @Nullable PartitionOwner<C, E, S>> ownedHere;
    private final BooleanSupplier isLate;

    private Table table = new Table(Table.ordered(), Set.of());

    /** Calls without an owner, in the order in which they came. */
    private final LinkedHashSet<Call<C, S>> waiting = new LinkedHashSet<>();

    /** Id → how many of its calls wait. A later call of it does not overtake them. */
    private final Map<String, Integer> waitingIds = new HashMap<>();

    /** Calls that other members have, each with the attempt that counts. */
    private final Map<Call<C, S>, Attempt> sent = new LinkedHashMap<>();

    private final Promise<Void> idle = Promise.promise();
    private boolean looking;
    private boolean closed;

    /**
     * Which member has which keys.
     *
     * @param routes first key of a partition → the way to its owner, ordered as unsigned numbers
     * @param members all of them
     */
    record Table(TreeMap<Long, Route> routes, Set<String> members) {

        static TreeMap<Long, Route> ordered() {
            return new TreeMap<>(Long::compareUnsigned);
        }

        private @Nullable Route find(long hash) {
            Map.Entry<Long, Route> found = routes.floorEntry(hash);
            return found != null && found.getValue().keys().contains(hash) ? found.getValue() : null;
        }
    }

    /** @param member that owns it, or an empty name */
    record Route(KeyRange keys, long partition, String member) {}

    /** One sending of a call. Each is one of its own. */
    private static final class Attempt {

        /** To whom. Null for any. */
        private final @Nullable String member;

        Attempt(@Nullable String member) {
            this.member = member;
        }
    }

    /**
     * @param address of all members together
     * @param self name of this member
     * @param ownedHere the owner of a partition, if it is here
     * @param isLate whether this member may have lost what it owns without having heard of it
     */
    CallRouter(
            OwnerVerticle<C, E, S> verticle,
            AggregateFormat<C, E, S> format,
            String address,
            String self,
            Function<Long, @Nullable PartitionOwner<C, E, S>> ownedHere,
            BooleanSupplier isLate) {
        this.verticle = verticle;
        this.setting = verticle.setting();
        this.format = format;
        this.address = address;
        this.self = self;
        this.ownedHere = ownedHere;
        this.isLate = isLate;
    }

    /** The address of one member. */
    static String addressOf(String address, String member) {
        return address + "." + member;
    }

    // ---- where to

    @Override
    public void take(Call<C, S> call) {
        if (verticle.isCurrent()) {
            route(call);
        } else {
            verticle.run(() -> route(call));
        }
    }

    private void route(Call<C, S> call) {
        boolean overtakes = waitingIds.containsKey(call.id) && call.way != Call.Way.FROM_MEMBER && !closed;
        if (overtakes || !hasGone(call)) {
            await(call);
        }
    }

    /** False if there is nowhere to go at the moment. */
    private boolean hasGone(Call<C, S> call) {
        Route route = table.find(call.hash);
        String member = route == null ? "" : route.member();
        PartitionOwner<C, E, S> here =
                route == null || !member.equals(self) ? null : ownedHere.apply(route.partition());
        if (here != null) {
            here.submit(call);
            return true;
        }
        boolean isLost = isLate.getAsBoolean();
        if (call.way == Call.Way.FROM_MEMBER || (isLost && call.way == Call.Way.FROM_CALLER)) {
            call.fail(new StrandlineException.NotOwner(
                    "member " + self + " of " + setting.named() + " does not own the partition of " + call.id));
        } else if (isLost || closed) {
            send(call, new Attempt(null), address);
        } else if (member.isEmpty() || member.equals(self)) {
            return false;
        } else {
            send(call, new Attempt(member), addressOf(address, member));
        }
        return true;
    }

    OwnerVerticle<C, E, S> verticle() {
        return verticle;
    }

    /** Uses another table from now on. From any thread. */
    void follow(Table next) {
        verticle.run(() -> followNow(next));
    }

    private void followNow(Table next) {
        table = next;
        for (Map.Entry<Call<C, S>, Attempt> one : List.copyOf(sent.entrySet())) {
            String member = one.getValue().member;
            if (member != null && !next.members().contains(member) && setting.isRepeatable(one.getKey())) {
                sent.remove(one.getKey());
                one.getKey().doubt();
                route(one.getKey());
            }
        }
        routeWaiting();
    }

    /**
     * What waits, and what still comes, goes to any other member, or fails if there is none. Completes when no call is with others.
     * From any thread.
     */
    Future<Void> close() {
        verticle.run(() -> {
            closed = true;
            routeWaiting();
            checkIdle();
        });
        return idle.future();
    }

    private void checkIdle() {
        if (closed && sent.isEmpty()) {
            idle.tryComplete();
        }
    }

    // ---- later

    private void await(Call<C, S> call) {
        if (waiting.add(call)) {
            waitingIds.merge(call.id, 1, Integer::sum);
        }
        lookLater();
    }

    private void lookLater() {
        if (!looking) {
            looking = true;
            long pause = isLate.getAsBoolean() ? LATE_LOOK_MILLIS : LOOK_MILLIS;
            verticle.vertxContext()
                    .owner()
                    .setTimer(
                            pause,
                            timer -> verticle.run(() -> {
                                looking = false;
                                routeWaiting();
                            }));
        }
    }

    private void routeWaiting() {
        List<Call<C, S>> asked = new ArrayList<>(waiting);
        waiting.clear();
        waitingIds.clear();
        long now = System.nanoTime();
        for (Call<C, S> call : asked) {
            if (call.deadlineNanos - now <= 0) {
                call.fail(new StrandlineException.Unavailable("no member of " + setting.named() + " took a call for "
                        + call.id + " within " + setting.options().getRetryTimeoutMillis() + " ms"));
            } else {
                route(call);
            }
        }
    }

    // ---- elsewhere

    private void send(Call<C, S> call, Attempt attempt, String to) {
        try {
            Buffer request = format.request(requestOf(call));
            sent.put(call, attempt);
            verticle.vertxContext()
                    .owner()
                    .eventBus()
                    .<Object>request(to, request, new DeliveryOptions().setSendTimeout(leftMillis(call)))
                    .onComplete((reply, cause) -> verticle.run(() -> replied(call, attempt, reply, cause)));
        } catch (StrandlineException refused) {
            call.fail(refused);
        } catch (RuntimeException vertxCloses) {
            sent.remove(call);
            call.fail(new StrandlineException.Unavailable(
                    "a call for " + call.id + " of " + setting.stream() + " was not sent: " + vertxCloses,
                    vertxCloses));
        }
    }

    private static long leftMillis(Call<?, ?> call) {
        // Rounded up: what is left of the first attempt is the whole time.
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(call.deadlineNanos - System.nanoTime() + 999_999));
    }

    private AggregateFormat.Request<C> requestOf(Call<C, S> call) {
        C command = call.command;
        return command == null
                ? new AggregateFormat.State<>(call.id)
                : new AggregateFormat.Execute<>(call.id, command, call.options, call.permit != null);
    }

    private void replied(Call<C, S> call, Attempt attempt, @Nullable Message<Object> reply, @Nullable Throwable cause) {
        boolean counts = sent.get(call) == attempt;
        if (reply != null && AggregateFormat.isPermitMessage(reply.body())) {
            PermitQuestion.answer(reply, counts ? call.permit : null, leftMillis(call))
                    .onComplete((next, failure) -> verticle.run(() -> replied(call, attempt, next, failure)));
            return;
        }
        if (!counts) {
            return; // it was sent again meanwhile
        }
        sent.remove(call);
        settled(call, reply, cause);
        checkIdle();
    }

    private void settled(Call<C, S> call, @Nullable Message<Object> reply, @Nullable Throwable cause) {
        StrandlineException typed = cause == null ? null : BusFailure.typed(cause);
        Throwable refusal = PermitQuestion.Refused.of(cause);
        if (reply != null) {
            read(call, reply.body());
        } else if (refusal != null) {
            call.fail(refusal);
        } else if (cause != null && (BusFailure.isNobodyThere(cause) || BusFailure.isDiscarded(cause))) {
            notTaken(call);
        } else if (typed instanceof StrandlineException.NotOwner) {
            notTaken(call);
        } else if (typed != null) {
            call.fail(typed);
        } else {
            unanswered(call, "did not answer a call for " + call.id, cause);
        }
    }

    private void notTaken(Call<C, S> call) {
        if (closed) {
            call.fail(setting.closed());
        } else {
            await(call);
        }
    }

    private void read(Call<C, S> call, @Nullable Object body) {
        Outcome<S> outcome;
        try {
            outcome = call.command == null ? readState(body) : format.readOutcome(body);
        } catch (Throwable unreadable) { // a codec may throw anything
            unanswered(call, "gave an answer for " + call.id + " that cannot be read", unreadable);
            return;
        }
        call.answer(outcome);
    }

    private Outcome<S> readState(@Nullable Object body) throws IOException {
        AggregateState<S> read = format.readState(body);
        return new Outcome.Accepted<>(read.state(), read.version(), List.of(), setting.nowhere(), false);
    }

    private void unanswered(Call<C, S> call, String what, @Nullable Throwable cause) {
        Throwable why = cause == null ? new IllegalStateException("no answer") : cause;
        String message = "the member of " + setting.named() + " that has it " + what + ": " + why.getMessage();
        call.fail(
                call.command == null
                        ? new StrandlineException.Unavailable(message, why)
                        : new StrandlineException.Unknown(message, why));
    }
}
