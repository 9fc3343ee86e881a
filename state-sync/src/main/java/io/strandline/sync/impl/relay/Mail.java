package io.strandline.sync.impl.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A message from a relay to a member.
 *
 * @param chain the newest
 * @param settlements of batches that the member took part in, in their order
 * @param turn the newest that was offered. Earlier ones were taken back
 */
record Mail(
        Chain chain, List<Settlement> settlements, @Nullable Turn turn) {

    private Mail before(Mail later) {
        List<Settlement> all = new ArrayList<>(settlements);
        all.addAll(later.settlements);
        return new Mail(later.chain, List.copyOf(all), later.turn == null ? turn : later.turn);
    }

    /**
     * Holds what a member has not read yet, as one piece of mail: a member on a blocked thread costs no more than that. The
     * settlements in it are no more than the batches with open calls of the member.
     */
    static final class Box {

        private final AtomicReference<@Nullable Mail> unread = new AtomicReference<>();

        /** Returns whether the box was empty, so that the member has to be called. */
        boolean put(Mail mail) {
            return unread.getAndUpdate(before -> before == null ? mail : before.before(mail)) == null;
        }

        @Nullable
        Mail take() {
            return unread.getAndSet(null);
        }
    }
}
