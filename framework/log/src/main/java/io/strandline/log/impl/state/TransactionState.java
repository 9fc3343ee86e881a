package io.strandline.log.impl.state;

import io.strandline.StreamName;
import io.strandline.TransactionStatus;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The transactions whose home is a shard, according to its durable frames: part of its applied state. Live frames and
 * replayed frames use the same methods.
 */
public final class TransactionState {

    public static final long FIRST_DECISION = 1;

    /** Finished transactions whose status is remembered. An older one is no longer known. */
    public static final int MAX_FINISHED = 10_000;

    private final Map<String, KeptTransaction> unfinished = new LinkedHashMap<>();
    private final Map<String, TransactionStatus> finished = new LinkedHashMap<>();
    private long nextDecision = FIRST_DECISION;
    private @Nullable Listener listener;

    /** Is notified of changes that became durable, on the shard's executor, while the frame is applied. */
    public interface Listener {

        void decided(KeptTransaction transaction);

        void finished(String id, TransactionStatus status);

        /** A part of a transaction was refused for good. */
        void setAside(String id, String why);

        /** A part that had been set aside was given up. */
        void dropped(KeptTransaction transaction);
    }

    /** Begins to notify of changes. A replay notifies nobody. */
    public void listen(Listener hearing) {
        listener = hearing;
    }

    /** Those that are not finished, in the order in which they began. */
    public List<KeptTransaction> unfinished() {
        return List.copyOf(unfinished.values());
    }

    public @Nullable KeptTransaction unfinished(String id) {
        return unfinished.get(id);
    }

    /** How a transaction ended, or null if it is not remembered. */
    public @Nullable TransactionStatus finished(String id) {
        return finished.get(id);
    }

    /** How transactions ended, the oldest first, as far as it is remembered. */
    public Map<String, TransactionStatus> finished() {
        return Collections.unmodifiableMap(finished);
    }

    /** The number that the next decision gets. */
    public long nextDecision() {
        return nextDecision;
    }

    public void begun(String id, long leaseMillis, String owner) {
        if (!finished.containsKey(id)) {
            unfinished.putIfAbsent(id, new KeptTransaction(id, leaseMillis, owner));
        }
    }

    public void written(TransactionWrite write) {
        KeptTransaction transaction = unfinished.get(write.id());
        if (transaction != null) {
            transaction.add(write);
        }
    }

    public void decided(String id, long decision) {
        decisionsCounted(decision + 1);
        KeptTransaction transaction = unfinished.get(id);
        if (transaction != null && !transaction.isDecided()) {
            transaction.decide(decision);
            if (listener != null) {
                listener.decided(transaction);
            }
        }
    }

    public void finished(String id, TransactionStatus status) {
        unfinished.remove(id);
        finished.put(id, status);
        if (finished.size() > MAX_FINISHED) {
            finished.remove(finished.keySet().iterator().next());
        }
        if (listener != null) {
            listener.finished(id, status);
        }
    }

    public void setAside(String id, StreamName stream, String why) {
        KeptTransaction transaction = unfinished.get(id);
        if (transaction != null) {
            transaction.setAside(stream, why);
            if (listener != null) {
                listener.setAside(id, why);
            }
        }
    }

    public void dropped(String id, StreamName stream) {
        KeptTransaction transaction = unfinished.get(id);
        if (transaction != null) {
            transaction.drop(stream);
            if (listener != null) {
                listener.dropped(transaction);
            }
        }
    }

    public void decisionsCounted(long next) {
        nextDecision = Math.max(nextDecision, next);
    }
}
