package io.strandline.testkit.rules;

import io.strandline.processing.pipeline.spi.StateRecord;
import io.strandline.processing.pipeline.spi.StateTable;
import io.strandline.processing.pipeline.spi.StateTables;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A sorted map keeps the rules, and each rule notices a table that does not. */
class StateTableRulesTest {

    private enum Defect {
        FINDS_BY_LENGTH_OF_KEY("u1"),
        CUTS_LONG_RECORDS("u1"),
        KEEPS_THE_FIRST("u2"),
        KEEPS_REMOVALS("u2"),
        KEEPS_THE_ARRAY("u3"),
        ONE_ARRAY_FOR_ALL_READS("u3"),
        SKIPS_THE_LAST_OF_A_SLICE("u4"),
        SIGNED_HASHES("u4"),
        FORGETS_THE_HASH_ASKED_FOR("u4"),
        COUNTS_TO_THE_NEXT_SLICE("u5"),
        ALL_IN_ONE_SLICE("u6"),
        ONE_CURSOR_FOR_ALL_THREADS("u7"),
        COUNTS_PUTS("u8"),
        NO_BYTES_OF_RECORDS("u8"),
        BYTES_ONLY_GROW("u9"),
        BYTES_OF_KEYS_ALONE("u9"),
        NO_ROOM("u10"),
        REFUSES_WHAT_HAD_ROOM("u10"),
        ONE_TABLE_FOR_AN_OPERATOR("u11"),
        CLOSES_ALL("u11");

        final String rule;

        Defect(String rule) {
            this.rule = rule;
        }
    }

    private static final class Fixture extends StateTableRules {

        private final MapTables tables;

        Fixture(@Nullable Defect defect) {
            this.tables = new MapTables(defect);
        }

        @Override
        protected StateTables tables() {
            return tables;
        }

        @Override
        protected boolean isInMemory() {
            return true;
        }
    }

    private static final class Key implements Comparable<Key> {

        private final long hash;
        private final byte[] bytes;
        private final boolean isSigned;

        Key(long hash, byte[] bytes, boolean isSigned) {
            this.hash = hash;
            this.bytes = bytes;
            this.isSigned = isSigned;
        }

        @Override
        public int compareTo(Key other) {
            int byHash = isSigned ? Long.compare(hash, other.hash) : Long.compareUnsigned(hash, other.hash);
            return byHash != 0 ? byHash : Arrays.compareUnsigned(bytes, other.bytes);
        }
    }

    private static final class MapTables implements StateTables {

        private final @Nullable Defect defect;
        private final Map<String, MapTable> byOperator = new TreeMap<>();
        private final List<MapTable> all = new ArrayList<>();

        MapTables(@Nullable Defect defect) {
            this.defect = defect;
        }

        @Override
        public StateTable open(String operator) {
            MapTable opened = new MapTable(this, defect);
            all.add(opened);
            return defect == Defect.ONE_TABLE_FOR_AN_OPERATOR
                    ? Objects.requireNonNull(byOperator.computeIfAbsent(operator, none -> opened))
                    : opened;
        }
    }

    private static final class MapTable implements StateTable {

        private final MapTables tables;
        private final @Nullable Defect defect;
        private final TreeMap<Key, StateRecord> records = new TreeMap<>();
        private final byte[] shared = new byte[1 << 20];
        private volatile @Nullable Key cursor;
        private long bytes;
        private long keyBytes;
        private long most;
        private int puts;
        private int walked;

        MapTable(MapTables tables, @Nullable Defect defect) {
            this.tables = tables;
            this.defect = defect;
        }

        private boolean has(Defect wanted) {
            return defect == wanted;
        }

        private Key key(long hash, byte[] key, int from, int length) {
            if (has(Defect.FINDS_BY_LENGTH_OF_KEY)) {
                return new Key(length, new byte[0], false);
            }
            return new Key(hash, Arrays.copyOfRange(key, from, from + length), has(Defect.SIGNED_HASHES));
        }

        @SuppressWarnings("ThreadPriorityCheck") // another thread is to have its turn in between
        @Override
        public @Nullable StateRecord get(long hash, byte[] key, int from, int length) {
            Key wanted = key(hash, key, from, length);
            if (has(Defect.ONE_CURSOR_FOR_ALL_THREADS)) {
                cursor = wanted;
                Thread.yield();
                wanted = Objects.requireNonNull(cursor);
            }
            StateRecord found = records.get(wanted);
            if (found == null || !has(Defect.ONE_ARRAY_FOR_ALL_READS)) {
                return found;
            }
            System.arraycopy(found.bytes(), found.from(), shared, 0, found.length());
            return new StateRecord(shared, 0);
        }

        @Override
        public void put(long hash, StateRecord record) {
            puts++;
            if (has(Defect.REFUSES_WHAT_HAD_ROOM) && puts > 100) {
                throw new IllegalStateException("full");
            }
            Key key = key(hash, record.bytes(), record.keyFrom(), record.keyLength());
            if (has(Defect.KEEPS_THE_FIRST) && records.containsKey(key)) {
                return;
            }
            boolean removes = record.isRemoval() && !has(Defect.KEEPS_REMOVALS);
            StateRecord before = removes ? records.remove(key) : records.put(key, kept(record));
            bytes += (removes ? 0 : record.length()) - (before == null ? 0 : before.length());
            keyBytes += (removes ? 0 : record.keyLength()) - (before == null ? 0 : before.keyLength());
            most = Math.max(most, bytes);
        }

        private StateRecord kept(StateRecord record) {
            if (has(Defect.KEEPS_THE_ARRAY)) {
                return record;
            }
            byte[] copy = Arrays.copyOfRange(record.bytes(), record.from(), record.from() + record.length());
            if (has(Defect.CUTS_LONG_RECORDS) && copy.length > 1 << 16) {
                Arrays.fill(copy, 1 << 16, copy.length, (byte) 0);
            }
            return new StateRecord(copy, 0);
        }

        @Override
        public long slice(long hash, Consumer<StateRecord> each) {
            if (has(Defect.ALL_IN_ONE_SLICE)) {
                records.tailMap(new Key(hash, new byte[0], false), true)
                        .values()
                        .forEach(each);
                return 0;
            }
            long next = 0;
            List<Map.Entry<Key, StateRecord>> slice = new ArrayList<>();
            List<Map.Entry<Key, StateRecord>> rest = List.copyOf(rest(hash).entrySet());
            for (int i = 0; i < rest.size() && next == 0; i++) {
                if (i >= 1_000 && rest.get(i).getKey().hash != rest.get(i - 1).getKey().hash) {
                    next = rest.get(i).getKey().hash;
                } else {
                    slice.add(rest.get(i));
                }
            }
            int end = has(Defect.SKIPS_THE_LAST_OF_A_SLICE) && next != 0 ? slice.size() - 1 : slice.size();
            slice.subList(0, end).forEach(entry -> each.accept(entry.getValue()));
            return next;
        }

        private Map<Key, StateRecord> rest(long hash) {
            if (has(Defect.FORGETS_THE_HASH_ASKED_FOR) && hash != 0 && hash != -1) {
                return records.tailMap(new Key(hash, new byte[0], false), true)
                        .tailMap(new Key(hash + (1L << 48), new byte[0], false), true);
            }
            if (has(Defect.COUNTS_TO_THE_NEXT_SLICE)) {
                walked = hash == 0 ? 0 : walked + 1_000;
                Map<Key, StateRecord> rest = new TreeMap<>();
                records.entrySet().stream().skip(walked).forEach(entry -> rest.put(entry.getKey(), entry.getValue()));
                return rest;
            }
            return records.tailMap(new Key(hash, new byte[0], has(Defect.SIGNED_HASHES)), true);
        }

        @Override
        public long size() {
            return has(Defect.COUNTS_PUTS) ? puts : records.size();
        }

        @Override
        public long recordBytes() {
            return has(Defect.NO_BYTES_OF_RECORDS) ? 0 : bytes;
        }

        @Override
        public long bytes() {
            return has(Defect.BYTES_OF_KEYS_ALONE) ? keyBytes : has(Defect.BYTES_ONLY_GROW) ? most : bytes;
        }

        @Override
        public boolean hasRoom(long shares) {
            return !has(Defect.NO_ROOM);
        }

        @Override
        public void close() {
            if (has(Defect.CLOSES_ALL)) {
                tables.all.forEach(each -> each.records.clear());
            }
        }
    }

    @Test
    void each_rule_bites() {
        BrokenImplementations.assertEachRuleBites(
                StateTableRules.class, Defect.values(), defect -> defect.rule, Fixture::new, () -> new Fixture(null));
    }
}
