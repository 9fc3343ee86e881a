package io.strandline.impl.writer;

import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Utf8;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Batch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has to hold for an atomic batch to be appended. */
sealed interface Condition {

    /** The next offset of the partition is this one. */
    record AtOffset(long offset) implements Condition {}

    /** The partition has no event of the batch's key at or after the offset at which the cut passes it, nor has what else it rests on. */
    record KeyUnchanged(StreamCut since, List<OtherKey> others) implements Condition {}

    /**
     * Another key of the partition has no event at or after the offset at which the cut passes it.
     *
     * @param type name of the event type that counts. Null if all do
     * @param hash of the key
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over by reference, never compared
    record OtherKey(byte[] key, byte @Nullable [] type, long hash, StreamCut since) {

        /**
         * What an append rests on beside its own key.
         *
         * @throws StrandlineException.Invalid if there are too many, a position is in another stream, or a key in another partition
         */
        static List<OtherKey> of(
                StreamName stream, PartitionTable table, String eventKey, List<KeyCondition> conditions) {
            if (conditions.isEmpty()) {
                return List.of();
            }
            Limits.require("number of conditions on other keys", conditions.size(), 0, EventWriter.MAX_KEY_CONDITIONS);
            long own = hashOf(encoded(eventKey));
            List<OtherKey> others = new ArrayList<>(conditions.size());
            for (KeyCondition condition : conditions) {
                if (!condition.since().stream().equals(stream)) {
                    throw new StrandlineException.Invalid("a position in "
                            + condition.since().stream() + " says nothing of key " + condition.key() + " in "
                            + stream);
                }
                byte[] key = encoded(condition.key());
                long hash = hashOf(key);
                if (!table.covers(own)
                        || !table.covers(hash)
                        || table.id(table.find(hash)) != table.id(table.find(own))) {
                    throw new StrandlineException.Invalid("an append of key " + eventKey + " to " + stream
                            + " rests on key " + condition.key() + ", and the first is in " + placeOf(table, own)
                            + ", the other in " + placeOf(table, hash) + ": one append rests on one partition");
                }
                String type = condition.eventType();
                byte[] typeName = type == null ? null : type.getBytes(StandardCharsets.UTF_8);
                others.add(new OtherKey(key, typeName, hash, condition.since()));
            }
            return others;
        }

        private static byte[] encoded(String key) {
            return Utf8.encode("routing key", key, Batch.MAX_KEY_BYTES);
        }

        private static long hashOf(byte[] key) {
            return KeyHash.of(key, 0, key.length);
        }

        private static String placeOf(PartitionTable table, long hash) {
            return table.covers(hash) ? "partition " + table.id(table.find(hash)) : "another partition";
        }
    }
}
