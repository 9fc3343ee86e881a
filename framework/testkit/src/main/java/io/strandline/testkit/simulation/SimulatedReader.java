package io.strandline.testkit.simulation;

import io.strandline.StrandlineException;
import io.strandline.spi.ReadSlice;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.PartitionModel;
import io.strandline.testkit.simulation.model.StreamModel;
import io.vertx.core.Future;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Reads a partition, catching up or waiting at its tail, and moves to another one now and then. */
final class SimulatedReader {

    private static final int READS_PER_MOVE = 15;
    private static final int MAX_BYTES = 8_192;

    private final Clients clients;
    private @Nullable StreamModel stream;
    private @Nullable PartitionModel partition;
    private long position;
    private boolean asked;

    /** What was to be read next is gone, as the log said, though nobody truncated it: the reader asks where to go on. */
    private long refusedAt = -1;

    SimulatedReader(Clients clients) {
        this.clients = clients;
    }

    /** The process is gone. */
    void lost() {
        asked = false;
    }

    void act() {
        if (asked) {
            return;
        }
        if (partition == null || stream == null || stream.deleted() || clients.random.nextInt(READS_PER_MOVE) == 0) {
            move();
        }
        StreamModel of = stream;
        PartitionModel from = partition;
        if (of != null && from != null) {
            if (refusedAt >= 0) {
                askStart(of, from);
            } else {
                read(of, from);
            }
        }
    }

    private void askStart(StreamModel of, PartitionModel from) {
        long refused = refusedAt;
        SortedMap<Long, Long> before = of.startsSeen();
        asked = true;
        clients.answer(
                clients.port().catalog().startCut(of.name().toString()),
                (cut, failure) -> {
                    asked = false;
                    clients.trace(() -> "start cut of " + of + " → " + (cut == null ? failure : cut));
                    if (cut != null) {
                        of.starts(cut, before, false);
                        learnStart(from, refused, cut.offsets().get(from.id()));
                    } else if (failure instanceof StrandlineException.NotFound) {
                        clients.catalog.notFound(of.name());
                        partition = null;
                    } else if (failure != null) {
                        clients.requireTemporary(failure, () -> "start cut of " + of);
                    }
                },
                this::act);
    }

    /** Goes on where the log says. A partition that the cut leaves out has nothing left, or follows one that has. */
    private void learnStart(PartitionModel from, long refused, @Nullable Long start) {
        clients.violations.require(
                start == null || start > refused,
                Invariant.REFUSALS_ARE_TRUE,
                () -> "offset " + refused + " of partition " + from.id() + " is gone, and it starts at " + start);
        refusedAt = -1;
        if (start == null) {
            partition = null;
        } else {
            position = Math.max(position, start);
        }
    }

    private void move() {
        List<StreamModel> present = clients.catalog.present();
        if (present.isEmpty()) {
            stream = null;
            return;
        }
        StreamModel chosen = present.get(clients.random.nextInt(present.size()));
        PartitionModel to = chosen.partitionList()
                .get(clients.random.nextInt(chosen.partitionList().size()));
        stream = chosen;
        partition = to;
        refusedAt = -1;
        position = clients.random.nextInt(4) == 0
                ? to.bounds().endSeen()
                : clients.random.nextLong(
                        to.bounds().startSeen(),
                        Math.max(to.bounds().startSeen(), to.bounds().endSeen()) + 1);
    }

    private void read(StreamModel of, PartitionModel from) {
        boolean waits = !clients.draining && clients.random.nextInt(3) == 0;
        boolean tooFar = clients.random.nextInt(200) == 0;
        long offset = tooFar ? from.bounds().endSeen() + 1_000_000 : position;
        int bytes = 1 + clients.random.nextInt(MAX_BYTES);
        long startBefore = from.bounds().startSeen();
        long endBefore = from.bounds().endSeen();
        boolean deletedBefore = of.deleted();
        boolean sealedBefore = from.bounds().sealedAt() >= 0;
        asked = true;
        Future<ReadSlice> future = waits
                ? clients.port().awaitEvents(from.description(), offset, bytes)
                : clients.port().read(from.description(), offset, bytes);
        clients.answer(
                future,
                (slice, failure) -> {
                    asked = false;
                    clients.trace(() -> "read " + from.id() + " from " + offset + (waits ? " waiting" : "") + " → "
                            + (slice == null ? failure : slice.startOffset() + " to " + slice.endOffset()));
                    if (slice == null) {
                        failed(of, from, offset, tooFar, failure);
                        return;
                    }
                    clients.violations.require(
                            !deletedBefore,
                            Invariant.CATALOG_PERSISTS,
                            () -> "a read of a partition of " + of + " succeeds");
                    // A wait reads no storage, and tells the end of what is there.
                    boolean isToRead = waits && slice.isEmpty() && slice.endOffset() > offset;
                    clients.violations.require(
                            !tooFar && !(waits && slice.isEmpty() && !slice.sealed() && !isToRead),
                            Invariant.DENSE_OFFSETS,
                            () -> "a read of partition " + from.id() + " from " + offset + " shows nothing");
                    if (isToRead) {
                        from.ends(slice, startBefore, endBefore, sealedBefore);
                    } else {
                        position = Math.max(position, from.shown(slice, offset, startBefore, endBefore, sealedBefore));
                    }
                },
                this::act);
    }

    private void failed(StreamModel of, PartitionModel from, long offset, boolean tooFar, @Nullable Throwable failure) {
        if (failure instanceof StrandlineException.Truncated) {
            from.bounds().requireRemovable(offset + 1);
            if (offset < from.bounds().startRequested()) {
                position = Math.max(position, from.bounds().startRequested());
            } else {
                refusedAt = offset;
            }
        } else if (failure instanceof StrandlineException.NotFound) {
            clients.violations.require(
                    of.deleting(),
                    Invariant.CATALOG_PERSISTS,
                    () -> of + " lost partition " + from.id() + ": " + failure);
            partition = null;
        } else if (failure instanceof StrandlineException.Invalid) {
            clients.violations.require(
                    tooFar,
                    Invariant.SEEN_IS_DURABLE,
                    () -> "offset " + offset + " of partition " + from.id() + ", seen up to "
                            + from.bounds().endSeen() + ": " + failure.getMessage());
        } else if (failure != null) {
            clients.requireTemporary(failure, () -> "a read of partition " + from.id() + " from " + offset);
        }
    }
}
