package io.strandline.sync.impl;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Shares a name fairly among several contending writers, at the place where their appends are decided. Without it, the
 * nearest writer wins again and again, and the others waste their attempts.
 *
 * <p>A writer that was refused twice in a row waits here. While a writer waits, the one that appends goes on for {@link
 * #SHARE_MILLIS}. Then the name is reserved for the next writer for the same time. All others are told how long to stay
 * away, so contention costs an attempt or two per share and not one for each append. Writers that do not contend notice
 * nothing.
 *
 * <p>Correctness does not depend on it. Losing this object, as when the owner of a name changes, costs attempts. It
 * belongs to one thread at a time.
 */
public final class Contenders {

    /** How long a writer goes on while others wait, and how long a share waits for its holder. */
    public static final long SHARE_MILLIS = 20;

    /** Writers that are told their waiting time. Further ones just try again. */
    static final int MAX_WAITING = 64;

    private static final long SHARE_NANOS = TimeUnit.MILLISECONDS.toNanos(SHARE_MILLIS);

    private final ArrayDeque<UUID> waiting = new ArrayDeque<>();
    /** Writers that were refused since they last appended. */
    private final Set<UUID> refused = new LinkedHashSet<>();

    private @Nullable UUID holder;
    private long until;
    /** True while the holder has not come for its share. */
    private boolean kept;

    /**
     * Asks whether a writer's append at the newest position may be taken.
     *
     * @param now nanoseconds of a monotonic clock
     * @return 0, or the milliseconds after which it should come again
     */
    public long mayAppend(UUID writer, long now) {
        passOn(now);
        if (writer.equals(holder)) {
            begin(now);
            return 0;
        }
        return kept ? enqueue(writer, now) : 0;
    }

    /** Notes an append that was taken. */
    public void appended(UUID writer, long now) {
        refused.remove(writer);
        waiting.remove(writer);
        if (!writer.equals(holder) || now - until >= 0) {
            holder = writer;
            kept = false;
            until = now + SHARE_NANOS;
        }
    }

    /**
     * Notes an append that came too late, after those of others.
     *
     * @return the milliseconds after which the writer should come again, 0 for at once
     */
    public long behind(UUID writer, long now) {
        passOn(now);
        if (writer.equals(holder)) {
            begin(now);
            return 0;
        }
        if (refused.size() >= MAX_WAITING) {
            refused.clear();
        }
        return refused.add(writer) ? 0 : enqueue(writer, now);
    }

    private void begin(long now) {
        if (kept) {
            kept = false;
            until = now + SHARE_NANOS;
        }
    }

    /** Gives the share to the next who waits, when it is over or its holder did not come. */
    private void passOn(long now) {
        if (holder == null || now - until < 0) {
            return;
        }
        @Nullable UUID next = waiting.poll();
        if (next != null) {
            holder = next;
            kept = true;
            until = now + SHARE_NANOS;
        } else if (kept) {
            holder = null;
            kept = false;
        }
    }

    private long enqueue(UUID writer, long now) {
        int place = 0;
        for (UUID before : waiting) {
            if (before.equals(writer)) {
                break;
            }
            place++;
        }
        if (place == waiting.size()) {
            if (place == MAX_WAITING) {
                return SHARE_MILLIS;
            }
            waiting.add(writer);
        }
        long present = holder == null ? 0 : Math.max(0, until - now);
        long nanos = present + (place + (kept ? 1 : 0)) * SHARE_NANOS;
        return 1 + TimeUnit.NANOSECONDS.toMillis(nanos);
    }
}
