package io.strandline.processing.pipeline.impl.operator;

import io.strandline.KeyRange;
import io.strandline.internal.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The routing keys of marks. Their hashes lie just after the multiples of 1/64 of the hash space: each at most 1/4032 after.
 * So every range of 1/63 has one, and so has each of 64 equal ranges. A mark under each of them reaches every partition of a
 * stream of at most 64 equal partitions. They are part of the contract between the tasks of a stage and its replay.
 */
public final class MarkKeys {

    /** Number of the keys, and most partitions with which an internal stream begins. */
    public static final int COUNT = 64;

    /** 2^64 / 63: where a hash is, times 64, within its part of the hash space. */
    private static final long LAST = 0x0410_4104_1041_0410L;

    private static final List<String> ALL = find();

    private MarkKeys() {}

    private static List<String> find() {
        String[] found = new String[COUNT];
        int missing = COUNT;
        for (int i = 0; missing > 0; i++) {
            String key = Integer.toString(i, Character.MAX_RADIX);
            long hash = hash(key);
            int part = (int) (hash >>> 58);
            if (found[part] == null && Long.compareUnsigned(hash << 6, LAST) < 0) {
                found[part] = key;
                missing--;
            }
        }
        return List.of(found);
    }

    private static long hash(String key) {
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        return KeyHash.of(bytes, 0, bytes.length);
    }

    /** All of them, in the order of their hashes. */
    public static List<String> all() {
        return ALL;
    }

    /** Whether a mark comes to a partition of these keys. */
    public static boolean reach(KeyRange keys) {
        return ALL.stream().anyMatch(key -> keys.contains(hash(key)));
    }
}
