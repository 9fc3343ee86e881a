package io.strandline.impl.writer;

import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has to hold for an atomic batch to be appended. */
sealed interface Condition {

    /** The next offset of the partition is this one. */
    record AtOffset(long offset) implements Condition {}

    /**
     * The partition has no event of the batch's key at or after the offset at which the cut passes it, nor has what else it rests on.
     *
     * @param key of the batch
     * @param isApart whether the writer took a key for one of another partition when the batch came. It may not have heard of a merge, so
     *     the log is asked: if the partition of the batch is sealed, the writer follows, and the keys may be in one partition there
     */
    record KeyUnchanged(String key, StreamCut since, List<OtherKey> others, boolean isApart) implements Condition {

        /**
         * What a batch rests on.
         *
         * @throws StrandlineException.Invalid if there are too many conditions, a position is in another stream, or a key in a partition
         *     that the writer did not claim
         */
        static KeyUnchanged of(
                StreamName stream,
                PartitionTable table,
                String eventKey,
                StreamCut since,
                List<KeyCondition> conditions) {
            if (conditions.isEmpty()) {
                return new KeyUnchanged(eventKey, since, List.of(), false);
            }
            Limits.require("number of conditions on other keys", conditions.size(), 0, EventWriter.MAX_KEY_CONDITIONS);
            long own = OtherKey.hashOf(OtherKey.encoded(eventKey));
            List<OtherKey> others = new ArrayList<>(conditions.size());
            boolean isApart = false;
            for (KeyCondition condition : conditions) {
                OtherKey other = OtherKey.of(stream, condition);
                if (!table.covers(own) || !table.covers(other.hash)) {
                    throw apart(stream, table, eventKey, own, other);
                }
                isApart |= !other.isWith(own, table);
                others.add(other);
            }
            return new KeyUnchanged(eventKey, since, others, isApart);
        }

        /** Why a batch that the log has refused can never be taken, as its writer knows the partitions now. Null if it may be. */
        StrandlineException.@Nullable Invalid impossible(StreamName stream, PartitionTable table) {
            long own = OtherKey.hashOf(OtherKey.encoded(key));
            for (OtherKey other : isApart ? others : List.<OtherKey>of()) {
                if (!other.isWith(own, table)) {
                    return apart(stream, table, key, own, other);
                }
            }
            return null;
        }

        private static StrandlineException.Invalid apart(
                StreamName stream, PartitionTable table, String eventKey, long own, OtherKey other) {
            return new StrandlineException.Invalid("an append of key " + eventKey + " to " + stream + " rests on key "
                    + new String(other.key, StandardCharsets.UTF_8) + ", and the first is in " + placeOf(table, own)
                    + ", the other in " + placeOf(table, other.hash) + ": one append rests on one partition");
        }

        private static String placeOf(PartitionTable table, long hash) {
            return table.covers(hash) ? "partition " + table.id(table.find(hash)) : "another partition";
        }
    }

    /**
     * Another key of the partition has no event at or after the offset at which the cut passes it.
     *
     * @param type name of the event type that counts. Null if all do
     * @param hash of the key
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
    record OtherKey(byte[] key, byte @Nullable [] type, long hash, StreamCut since) {

        private static OtherKey of(StreamName stream, KeyCondition condition) {
            if (!condition.since().stream().equals(stream)) {
                throw new StrandlineException.Invalid("a position in " + condition.since().stream()
                        + " says nothing of key " + condition.key() + " in " + stream);
            }
            byte[] key = encoded(condition.key());
            String type = condition.eventType();
            byte[] typeName = type == null ? null : type.getBytes(StandardCharsets.UTF_8);
            return new OtherKey(key, typeName, hashOf(key), condition.since());
        }

        private boolean isWith(long own, PartitionTable table) {
            return table.id(table.find(hash)) == table.id(table.find(own));
        }

        private static byte[] encoded(String key) {
            return Utf8.encode("routing key", key, Limits.MAX_KEY_BYTES);
        }

        private static long hashOf(byte[] key) {
            return KeyHash.of(key, 0, key.length);
        }
    }
}
