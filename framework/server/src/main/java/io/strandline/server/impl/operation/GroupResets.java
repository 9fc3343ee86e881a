package io.strandline.server.impl.operation;

import io.strandline.PartitionDescription;
import io.strandline.Scaling.SealedPartition;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.client.operation.ExposedRequests.Move;
import io.strandline.client.operation.ExposedRequests.Reset;
import io.strandline.client.operation.ExposedRequests.ResetGroup;
import io.strandline.processing.group.GroupCheckpoint;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Resets of groups, and what they would change. Callable from any thread. */
final class GroupResets {

    private final LogPort port;

    GroupResets(LogPort port) {
        this.port = port;
    }

    Future<Reset> reset(ReaderGroup group, ResetGroup request) {
        int given = (request.checkpoint().isPresent() ? 1 : 0)
                + (request.cuts().isEmpty() ? 0 : 1)
                + (request.to().isPresent() ? 1 : 0);
        if (given != 1) {
            return Future.failedFuture(new StrandlineException.Invalid(
                    given + " of the fields checkpoint, cuts and to are given, it must be one of them"));
        }
        return targets(group, request)
                .compose(targets -> group.position().compose(position -> moves(position, targets)))
                .compose(moves -> request.dryRun()
                        ? Future.succeededFuture(result(false, moves))
                        : made(group, request).map(done -> result(true, moves)));
    }

    private static Future<Void> made(ReaderGroup group, ResetGroup request) {
        if (request.checkpoint().isPresent()) {
            return group.resetToCheckpoint(request.checkpoint().get());
        }
        return request.to().isPresent()
                ? group.resetTo(request.to().get())
                : group.resetTo(request.cuts().toArray(StreamCut[]::new));
    }

    private static Reset result(boolean done, List<Move> moves) {
        long again = 0;
        long skipped = 0;
        for (Move move : moves) {
            again += Math.max(0, move.from() - move.to());
            skipped += Math.max(0, move.to() - move.from());
        }
        return new Reset(done, again, skipped, moves);
    }

    // ---- where it goes on

    private Future<Collection<StreamCut>> targets(ReaderGroup group, ResetGroup request) {
        if (request.checkpoint().isPresent()) {
            return group.checkpoints()
                    .map(all -> cutsOf(group, all, request.checkpoint().get()));
        }
        if (request.to().isEmpty()) {
            return Future.succeededFuture(request.cuts());
        }
        StartPosition to = request.to().get();
        if (to instanceof StartPosition.Cut cut) {
            return Future.succeededFuture(List.of(cut.cut()));
        }
        return group.position().compose(position -> {
            List<StreamCut> cuts = new ArrayList<>();
            Future<Void> chain = Future.succeededFuture();
            for (StreamName stream : position.keySet()) {
                chain = chain.compose(before -> cutAt(stream, to).map(cut -> {
                    cuts.add(cut);
                    return null;
                }));
            }
            return chain.map(done -> cuts);
        });
    }

    private static List<StreamCut> cutsOf(ReaderGroup group, List<GroupCheckpoint> all, String name) {
        for (GroupCheckpoint checkpoint : all) {
            if (checkpoint.name().equals(name) && checkpoint.complete()) {
                return List.copyOf(checkpoint.cuts().values());
            }
        }
        throw new StrandlineException.NotFound("group " + group.name() + " has no complete checkpoint " + name);
    }

    private Future<StreamCut> cutAt(StreamName stream, StartPosition to) {
        if (to instanceof StartPosition.End) {
            return port.catalog().endCut(stream.toString());
        }
        if (!(to instanceof StartPosition.Time time)) {
            return port.catalog().startCut(stream.toString());
        }
        return port.catalog().describe(stream.toString()).compose(described -> {
            TreeMap<Long, Long> offsets = new TreeMap<>();
            Future<Void> chain = Future.succeededFuture();
            for (PartitionDescription partition : described.byId().values()) {
                chain = chain.compose(
                        before -> port.offsetAt(partition, time.millis()).map(offset -> {
                            offsets.put(partition.id(), offset);
                            return null;
                        }));
            }
            return chain.map(done -> new StreamCut(stream, offsets));
        });
    }

    // ---- what changes

    private Future<List<Move>> moves(Map<StreamName, StreamCut> position, Collection<StreamCut> targets) {
        List<Move> moves = new ArrayList<>();
        Future<Void> chain = Future.succeededFuture();
        for (StreamCut target : targets) {
            StreamCut present = position.get(target.stream());
            if (present == null) {
                throw new StrandlineException.Invalid("the group does not read stream " + target.stream());
            }
            chain = chain.compose(before -> port.catalog()
                    .describe(target.stream().toString())
                    .map(stream -> {
                        addMoves(stream, present, target, moves);
                        return null;
                    }));
        }
        return chain.map(done -> List.copyOf(moves));
    }

    private static void addMoves(StreamDescription stream, StreamCut present, StreamCut target, List<Move> moves) {
        for (long partition : new TreeMap<>(stream.byId()).keySet()) {
            long from = passed(stream, present, partition);
            long to = passed(stream, target, partition);
            if (from != to) {
                moves.add(new Move(stream.name(), partition, from, to));
            }
        }
    }

    /** How far a cut is in a partition: where it names it, at its end if it names one that took over, and at its start otherwise. */
    private static long passed(StreamDescription stream, StreamCut cut, long partition) {
        Long named = cut.offsets().get(partition);
        if (named != null) {
            return named;
        }
        SealedPartition sealed = stream.sealed(partition);
        if (sealed == null) {
            return 0;
        }
        boolean isPassed = stream.descendants(List.of(partition)).stream()
                .anyMatch(successor -> cut.offsets().containsKey(successor));
        return isPassed ? sealed.endOffset() : 0;
    }
}
