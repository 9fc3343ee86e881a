package io.strandline.processing.group.impl.member;

import io.strandline.StrandlineException;
import io.strandline.processing.group.ResetPlan;
import io.strandline.processing.group.impl.feed.GroupPlace;
import io.strandline.processing.group.impl.state.Decision;
import io.strandline.processing.group.impl.state.GroupPositions;
import io.strandline.processing.group.impl.state.GroupRetention;
import io.strandline.processing.group.impl.state.GroupState;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Sets a group back, or forward. Retention waits at the new position before the group is there, so that nothing is removed in
 * between. What was noted for an attempt that is refused is taken back.
 *
 * <p>An attempt whose decision is Unknown may still come to the group, and a process may end between note and decision. Their
 * notes are forgotten when the group is next reset or deleted.
 */
final class GroupReset {

    private static final Logger LOG = Logger.of(GroupReset.class);

    /** How often others may reset the group between note and decision. */
    private static final int MAX_ATTEMPTS = 10;

    private final GroupPlace place;
    private final GroupRetention retention;
    private final Function<GroupState, SortedMap<Long, PartitionState>> target;
    private final UnaryOperator<SortedMap<Integer, Long>> notBefore;

    /**
     * A reset that has not begun.
     *
     * @param target throws a {@link StrandlineException} if a state cannot be reset so
     * @param notBefore what becomes of {@link GroupState#notBefore()}
     */
    GroupReset(
            GroupPlace place,
            Function<GroupState, SortedMap<Long, PartitionState>> target,
            UnaryOperator<SortedMap<Integer, Long>> notBefore) {
        this.place = place;
        this.retention = place.retention();
        this.target = target;
        this.notBefore = notBefore;
    }

    /** Completes when the group is at the new position and retention knows. Fails with NotFound if there is no group. */
    Future<Void> run() {
        return attempt(1);
    }

    /** What {@link #run} would change now. It is decided in the same way, and nothing is stored. Fails as that would. */
    Future<ResetPlan> plan(GroupPositions positions) {
        return place.store().fetch().compose(before -> {
            long attempt = GroupRetention.attempt(before, place.runtime().salt());
            Decision<Boolean> decision = place.decisions()
                    .reset(before.generation(), attempt, target, notBefore)
                    .apply(before);
            if (decision.refusal() != null) {
                return Future.failedFuture(decision.refusal());
            }
            SortedMap<Long, PartitionState> after = before.partitions();
            for (GroupUpdate update : decision.updates()) {
                if (update instanceof GroupUpdate.Reset reset) {
                    after = reset.partitions();
                }
            }
            return positions.plan(before.partitions(), after);
        });
    }

    private Future<Void> attempt(int number) {
        return place.store().fetch().compose(before -> {
            long attempt = GroupRetention.attempt(before, place.runtime().salt());
            return retention
                    .holdReset(before, attempt, target)
                    .transform((held, refused) -> refused == null
                            ? decide(before, attempt, number)
                            : takeBack(before, attempt).compose(taken -> Future.failedFuture(refused)));
        });
    }

    private Future<Void> decide(GroupState before, long attempt, int number) {
        return place.store()
                .decide(place.decisions().reset(before.generation(), attempt, target, notBefore))
                .transform((reset, failure) -> {
                    if (failure != null) {
                        Future<Void> settled =
                                mayStillCome(failure) ? Future.succeededFuture() : takeBack(before, attempt);
                        return settled.compose(taken -> Future.failedFuture(failure));
                    }
                    return reset
                            ? retention.follow(place.store().state())
                            : takeBack(before, attempt).compose(taken -> again(number));
                });
    }

    private static boolean mayStillCome(Throwable failure) {
        return !(failure instanceof StrandlineException) || failure instanceof StrandlineException.Unknown;
    }

    /** Completes also if that fails: retention then keeps more than it must. */
    private Future<Void> takeBack(GroupState before, long attempt) {
        return retention
                .forgetReset(before, attempt)
                .onFailure(cause -> LOG.warn(
                        "Retention waits for a reset of group {} that was refused, until the next one",
                        place.group(),
                        cause))
                .otherwiseEmpty();
    }

    private Future<Void> again(int number) {
        return number < MAX_ATTEMPTS
                ? attempt(number + 1)
                : Future.failedFuture(new StrandlineException.Conflict("group " + place.group()
                        + " was reset by others during each of " + number + " attempts, the limit is "
                        + MAX_ATTEMPTS));
    }
}
