package io.strandline.server.impl.operation;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.client.operation.ExposedRequests.Move;
import io.strandline.client.operation.ExposedRequests.Reset;
import io.strandline.client.operation.ExposedRequests.ResetGroup;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.ResetPlan;
import io.vertx.core.Future;

/** Resets of groups, and what they change. Callable from any thread. */
final class GroupResets {

    private GroupResets() {}

    static Future<Reset> reset(ReaderGroup group, ResetGroup request) {
        int given = (request.checkpoint().isPresent() ? 1 : 0)
                + (request.cuts().isEmpty() ? 0 : 1)
                + (request.to().isPresent() ? 1 : 0);
        if (given != 1) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    given + " of the fields checkpoint, cuts and to are given, it must be one of them"));
        }
        return planned(group, request)
                .compose(plan -> request.dryRun()
                        ? Future.succeededFuture(shown(false, plan))
                        : made(group, request).map(done -> shown(true, plan)));
    }

    private static Future<ResetPlan> planned(ReaderGroup group, ResetGroup request) {
        if (request.checkpoint().isPresent()) {
            return group.planResetToCheckpoint(request.checkpoint().get());
        }
        return request.to().isPresent()
                ? group.planResetTo(request.to().get())
                : group.planResetTo(request.cuts().toArray(StreamCut[]::new));
    }

    private static Future<Void> made(ReaderGroup group, ResetGroup request) {
        if (request.checkpoint().isPresent()) {
            return group.resetToCheckpoint(request.checkpoint().get());
        }
        return request.to().isPresent()
                ? group.resetTo(request.to().get())
                : group.resetTo(request.cuts().toArray(StreamCut[]::new));
    }

    private static Reset shown(boolean done, ResetPlan plan) {
        return new Reset(
                done,
                plan.again(),
                plan.skipped(),
                plan.moves().stream()
                        .map(move -> new Move(move.stream(), move.partition(), move.from(), move.to()))
                        .toList());
    }
}
