package io.strandline.sync.bus;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

/**
 * The owner of a log, as recorded in the log itself. Each claim is a revision of the name {@code _strandline/sync-owner}.
 *
 * <pre>
 *  claim   format 1: 1 | log 16 | epoch 8
 * </pre>
 *
 * @param log identifies the log forever. Chosen at random by its first owner
 * @param epoch rises with each claim
 * @param claim the revision that records the claim
 */
public record LogOwner(UUID log, long epoch, Revision claim) {

    /** The name whose revisions are the claims. */
    public static final StreamName NAME = new StreamName("_strandline", "sync-owner");

    private static final int FORMAT = 1;
    private static final int BYTES = 1 + 16 + 8;
    private static final int MAX_ATTEMPTS = 100;

    /**
     * Claims a log with an epoch above all earlier epochs and a given one. Fails with Corrupt if the last claim cannot be
     * read. Otherwise fails as an append does, and claiming again is safe.
     */
    static Future<LogOwner> claim(RevisionStore store, long above) {
        return store.readSince(NAME, Position.NONE).compose(claims -> claim(store, above, claims, MAX_ATTEMPTS));
    }

    private static Future<LogOwner> claim(RevisionStore store, long above, CatchUp claims, int attempts) {
        UUID log = UUID.randomUUID();
        long last = above;
        if (!claims.revisions().isEmpty()) {
            Revision newest = claims.revisions().get(claims.revisions().size() - 1);
            ByteBuffer bytes = ByteBuffer.wrap(newest.bytes());
            if (bytes.remaining() != BYTES || bytes.get() != FORMAT) {
                return Future.failedFuture(new StrandlineException.Corrupt("revision " + newest.number() + " of " + NAME
                        + " is no claim of format " + FORMAT + ", it has " + newest.bytes().length + " bytes"));
            }
            log = new UUID(bytes.getLong(), bytes.getLong());
            last = Math.max(above, bytes.getLong());
        }
        LogOwner next = at(claims.newest(), log, last + 1);
        return append(store, next, claims.newest(), attempts).compose(answer -> {
            if (answer instanceof AppendAnswer.Appended) {
                return Future.succeededFuture(next);
            }
            if (answer instanceof AppendAnswer.Refused refused && attempts > 1) {
                return claim(store, above, refused.missed(), attempts - 1);
            }
            return Future.failedFuture(new StrandlineException.Unavailable(
                    "claim of log " + next.log() + " at epoch " + next.epoch() + " was answered " + answer));
        });
    }

    private static LogOwner at(Position before, UUID log, long epoch) {
        byte[] bytes = ByteBuffer.allocate(BYTES)
                .put((byte) FORMAT)
                .putLong(log.getMostSignificantBits())
                .putLong(log.getLeastSignificantBits())
                .putLong(epoch)
                .array();
        Position next = before.next(new AppendId(UUID.randomUUID(), 1));
        return new LogOwner(log, epoch, new Revision(next, Revision.Form.WHOLE, bytes));
    }

    /** Appends a claim. If it may have been taken, it is sent again with the same id. */
    private static Future<AppendAnswer> append(RevisionStore store, LogOwner next, Position before, int attempts) {
        return store.append(NAME, before, List.of(next.claim()))
                .recover(failure -> failure instanceof StrandlineException.Unknown && attempts > 1
                        ? append(store, next, before, attempts - 1)
                        : Future.failedFuture(failure));
    }

    /** Who claimed: no two owners have the same, whatever happened to the log. */
    public UUID id() {
        return claim.position().id().writer();
    }

    @Override
    public String toString() {
        return "owner of log " + log + " at epoch " + epoch;
    }
}
