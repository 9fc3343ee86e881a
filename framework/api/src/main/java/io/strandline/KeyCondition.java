package io.strandline;

import org.jspecify.annotations.Nullable;

/**
 * What must hold for an append beside what its own key needs: another key of the same partition has no event, or none of one type, after
 * a position. It is compared when the append is numbered, and is not stored.
 *
 * @param key the other key
 * @param eventType name of the type of which the key must have no event. Null for any event
 * @param since the position up to which the key was read, as for {@link EventWriter#appendIfUnchanged(String, java.util.List, StreamCut)}
 */
public record KeyCondition(String key, @Nullable String eventType, StreamCut since) {

    /** The key has no event after the position. */
    public static KeyCondition unchanged(String key, StreamCut since) {
        return new KeyCondition(key, null, since);
    }

    /** The key has no event of the type after the position. */
    public static KeyCondition noEvent(String key, String eventType, StreamCut since) {
        return new KeyCondition(key, eventType, since);
    }
}
