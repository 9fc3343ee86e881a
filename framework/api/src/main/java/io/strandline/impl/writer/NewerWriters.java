package io.strandline.impl.writer;

import io.strandline.StrandlineException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Ends a writer at once when a newer one takes over: another writer of its id, or another claim of its partition. The log
 * refuses its appends anyway, but a claimant that decides and appends nothing would not hear of it.
 */
public final class NewerWriters {

    private final Set<WriterSession> open = ConcurrentHashMap.newKeySet();

    /** A writer was admitted. */
    public void opened(WriterSession session) {
        if (!session.isClaim() && session.options().getId() == null) {
            return;
        }
        // It is added before it is compared, so of two that are opened at a time one sees the other.
        open.add(session);
        for (WriterSession other : open) {
            if (other != session && isSame(session, other)) {
                fence(session.epoch() < other.epoch() ? session : other);
            }
        }
    }

    public void ended(WriterSession session) {
        open.remove(session);
    }

    private static boolean isSame(WriterSession one, WriterSession other) {
        Long claim = one.options().getClaim();
        @Nullable String id = one.options().getId();
        return one.stream().equals(other.stream())
                && Objects.equals(claim, other.options().getClaim())
                && Objects.equals(id, other.options().getId());
    }

    private void fence(WriterSession older) {
        open.remove(older);
        Long claim = older.options().getClaim();
        String what = claim == null
                ? "writer " + older.options().getId() + " of " + older.stream()
                        + " is fenced: another writer of this id was opened later"
                : "the claim of partition " + claim + " of " + older.stream()
                        + " is fenced: another writer has claimed the partition";
        older.context().runOnContext(told -> older.fail(new StrandlineException.Fenced(what)));
    }
}
