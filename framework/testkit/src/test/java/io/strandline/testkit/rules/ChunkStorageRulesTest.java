package io.strandline.testkit.rules;

import io.strandline.StrandlineException;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.NoSpaceException;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A storage in memory keeps the rules, and each rule notices one that does not. */
class ChunkStorageRulesTest {

    private enum Defect {
        READS_FROM_THE_START("c1"),
        COUNTS_WRONG("c1"),
        FORGETS_IN_A_CRASH("c2"),
        SWALLOWS_A_FAILURE("c3"),
        LOSES_ALL_WITH_A_FAILURE("c3"),
        READS_ZEROS_PAST_THE_END("c4"),
        NAMES_NOTHING("c4"),
        KEEPS_WHAT_IS_DELETED("c5"),
        DELETES_ONLY_ONCE("c5"),
        LISTS_TEN("c6"),
        LISTS_OTHER_SIZES("c6"),
        TAKES_NO_SPACE_FOR_ANY_ERROR("c7"),
        HANDS_OUT_ITS_OWN_ARRAY("c8"),
        REWRITES_FROM_THE_START("c9");

        final String rule;

        Defect(String rule) {
            this.rule = rule;
        }
    }

    private static final class Fixture extends ChunkStorageRules implements ChunkStorage {

        private final @Nullable Defect defect;
        private final Map<String, byte[]> objects = new TreeMap<>();
        private boolean full;

        Fixture(@Nullable Defect defect) {
            this.defect = defect;
        }

        private boolean has(Defect asked) {
            return defect == asked;
        }

        @Override
        protected ChunkStorage storage() {
            return this;
        }

        @Override
        protected void crash() {
            if (has(Defect.FORGETS_IN_A_CRASH)) {
                objects.clear();
            }
        }

        @Override
        protected void full(boolean isFull) {
            full = isFull;
        }

        @Override
        protected <T> Future<T> done(Future<T> future) {
            return future;
        }

        @Override
        public <T> Future<T> put(String name, Content<T> content) {
            ByteArrayOutputStream written = new ByteArrayOutputStream();
            if (full) {
                return Future.failedFuture(
                        has(Defect.TAKES_NO_SPACE_FOR_ANY_ERROR)
                                ? new IOException("error")
                                : new NoSpaceException("no space for " + name));
            }
            try {
                T result = content.writeTo(new Output() {
                    @Override
                    public void write(byte[] bytes, int from, int length) {
                        written.write(bytes, from, length);
                    }

                    @Override
                    public long position() {
                        return written.size() - (has(Defect.COUNTS_WRONG) ? 1L : 0L);
                    }
                });
                objects.put(name, written.toByteArray());
                return Future.succeededFuture(result);
            } catch (IOException | RuntimeException | AssertionError e) {
                if (has(Defect.LOSES_ALL_WITH_A_FAILURE)) {
                    objects.clear();
                }
                return has(Defect.SWALLOWS_A_FAILURE) ? Future.succeededFuture() : Future.failedFuture(e);
            }
        }

        @Override
        public <T> Future<T> rewrite(String name, Rewriting<T> content) {
            return put(
                    name,
                    output -> content.writeTo(
                            new Input() {
                                @Override
                                public byte[] read(String of, long position, int length) throws IOException {
                                    byte[] bytes = bytes(of);
                                    if (position + length > bytes.length) {
                                        throw new StrandlineException.Corrupt(
                                                "chunk " + of + " at " + position + ": too short");
                                    }
                                    int from = has(Defect.REWRITES_FROM_THE_START) ? 0 : (int) position;
                                    return Arrays.copyOfRange(bytes, from, from + length);
                                }

                                @Override
                                public long size(String of) throws IOException {
                                    return bytes(of).length;
                                }
                            },
                            output));
        }

        private byte[] bytes(String name) throws IOException {
            byte[] bytes = objects.get(name);
            if (bytes == null) {
                throw new IOException(has(Defect.NAMES_NOTHING) ? "not there" : "no chunk " + name);
            }
            return bytes;
        }

        @Override
        public Future<byte[]> read(String name, long position, int length) {
            try {
                byte[] bytes = bytes(name);
                if (position + length > bytes.length && !has(Defect.READS_ZEROS_PAST_THE_END)) {
                    return Future.failedFuture(
                            new StrandlineException.Corrupt("chunk " + name + " at " + position + ": too short"));
                }
                if (has(Defect.HANDS_OUT_ITS_OWN_ARRAY) && length == bytes.length) {
                    return Future.succeededFuture(bytes);
                }
                int from = has(Defect.READS_FROM_THE_START) ? 0 : (int) position;
                return Future.succeededFuture(Arrays.copyOfRange(bytes, from, from + length));
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
        }

        @Override
        public Future<Long> size(String name) {
            try {
                return Future.succeededFuture((long) bytes(name).length);
            } catch (IOException e) {
                return Future.failedFuture(e);
            }
        }

        @Override
        public Future<Void> delete(String name) {
            boolean there =
                    has(Defect.KEEPS_WHAT_IS_DELETED) ? objects.containsKey(name) : objects.remove(name) != null;
            return there || !has(Defect.DELETES_ONLY_ONCE)
                    ? Future.succeededFuture()
                    : Future.failedFuture(new IOException("no chunk " + name));
        }

        @Override
        public Future<List<String>> list() {
            List<String> names = List.copyOf(objects.keySet());
            return Future.succeededFuture(has(Defect.LISTS_TEN) ? names.subList(0, Math.min(10, names.size())) : names);
        }

        @Override
        public Future<Map<String, Long>> sizes() {
            Map<String, Long> sizes = new TreeMap<>();
            objects.forEach(
                    (name, bytes) -> sizes.put(name, has(Defect.LISTS_OTHER_SIZES) ? bytes.length + 1L : bytes.length));
            return Future.succeededFuture(sizes);
        }
    }

    @Test
    void each_rule_bites() {
        BrokenImplementations.assertEachRuleBites(
                ChunkStorageRules.class, Defect.values(), defect -> defect.rule, Fixture::new, () -> new Fixture(null));
    }
}
