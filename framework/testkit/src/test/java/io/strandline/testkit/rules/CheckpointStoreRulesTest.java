package io.strandline.testkit.rules;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** A store in memory keeps the rules, and each rule notices one that does not. */
class CheckpointStoreRulesTest {

    private static final ExecutorService THREADS = Executors.newFixedThreadPool(4);

    @AfterAll
    static void end() {
        THREADS.shutdown();
    }

    private enum Defect {
        LOSES_THE_LAST_PIECE("k1"),
        READS_FROM_THE_START("k1"),
        RESULTS_IN_ANY_ORDER("k1"),
        FORGETS_BYTES_IN_A_CRASH("k2"),
        FORGETS_NAMES_IN_A_CRASH("k2"),
        FORGETS_THE_LAST_NAME_IN_A_CRASH("k2"),
        WRAPS_WHAT_IS_THROWN("k3"),
        LOSES_ALL_WITH_A_FAILURE("k3"),
        APPENDS_TO_WHAT_A_FAILURE_LEFT("k3"),
        READS_NOTHING_WHERE_NOTHING_IS("k4"),
        SWALLOWS_A_READER("k4"),
        LISTS_TEN("k5"),
        LISTS_ONLY_ITS_OWN("k5"),
        KEEPS_WHAT_IS_DELETED("k6"),
        DELETES_ONLY_ONCE("k6"),
        LISTS_WHAT_IS_DELETED("k6"),
        ONE_PLACE_FOR_ALL("k7"),
        DELETES_BY_PREFIX("k7"),
        ONE_BUFFER_FOR_ALL("k8"),
        READS_ONLY_ITS_OWN("k8"),
        CALLS_A_FULL_PLACE_BROKEN("k9"),
        LOSES_ALL_WHEN_FULL("k9"),
        STAYS_FULL("k9"),
        KEEPS_THE_BUFFER("k10"),
        RUNS_ON_THE_CALLER("k11");

        final String rule;

        Defect(String rule) {
            this.rule = rule;
        }
    }

    /** What is kept, with what is durable of it. */
    private static final class Place {
        /** {@code pipeline/snapshot} → bytes. */
        final Map<String, byte[]> snapshots = new ConcurrentSkipListMap<>();

        final ByteArrayOutputStream shared = new ByteArrayOutputStream();
        volatile String newest = "";
        volatile boolean full;
        volatile boolean wasFull;
    }

    private static final class Fixture extends CheckpointStoreRules {

        private final @Nullable Defect defect;
        private final Place place = new Place();

        Fixture(@Nullable Defect defect) {
            this.defect = defect;
        }

        @Override
        protected CheckpointStore create() {
            return new MemoryStore(defect, place);
        }

        @Override
        protected CheckpointStore reopen() {
            return create();
        }

        @Override
        protected CheckpointStore crash() {
            if (defect == Defect.FORGETS_BYTES_IN_A_CRASH) {
                place.snapshots.replaceAll((name, bytes) -> new byte[0]);
            } else if (defect == Defect.FORGETS_NAMES_IN_A_CRASH) {
                place.snapshots.clear();
            } else if (defect == Defect.FORGETS_THE_LAST_NAME_IN_A_CRASH) {
                place.snapshots.remove(place.newest);
            }
            return create();
        }

        @Override
        protected void full(boolean full) {
            place.full = full;
            place.wasFull |= full;
        }
    }

    /** Keeps snapshots in a map of its fixture. */
    private static final class MemoryStore implements CheckpointStore {

        private final @Nullable Defect defect;
        private final Place place;
        private final Map<String, Boolean> own = new ConcurrentHashMap<>();
        private final Map<String, Boolean> deleted = new ConcurrentHashMap<>();

        MemoryStore(@Nullable Defect defect, Place place) {
            this.defect = defect;
            this.place = place;
        }

        private boolean has(Defect asked) {
            return defect == asked;
        }

        private String key(String pipeline, String snapshot) {
            return has(Defect.ONE_PLACE_FOR_ALL) ? "all/" + snapshot : pipeline + "/" + snapshot;
        }

        private <T> Future<T> start(Supplier<T> work) {
            if (has(Defect.RUNS_ON_THE_CALLER)) {
                try {
                    return Future.succeededFuture(work.get());
                } catch (RuntimeException | AssertionError e) {
                    return Future.failedFuture(e);
                }
            }
            return Future.fromCompletionStage(CompletableFuture.supplyAsync(work, THREADS)
                            .handle((result, thrown) -> thrown == null
                                    ? Future.succeededFuture(result)
                                    : Future.<T>failedFuture(thrown.getCause())))
                    .compose(done -> done);
        }

        @Override
        public Future<Void> open(String pipeline) {
            return Future.succeededFuture();
        }

        @Override
        public <T> Future<List<T>> write(String pipeline, List<NewSnapshot<T>> snapshots) {
            return start(() -> {
                List<T> results = new ArrayList<>();
                for (NewSnapshot<T> snapshot : snapshots) {
                    T result = write(key(pipeline, snapshot.name()), snapshot.content());
                    results.add(has(Defect.RESULTS_IN_ANY_ORDER) ? 0 : results.size(), result);
                }
                return results;
            });
        }

        private <T> T write(String key, Content<T> content) {
            if (place.full || (place.wasFull && has(Defect.STAYS_FULL))) {
                if (has(Defect.LOSES_ALL_WHEN_FULL)) {
                    place.snapshots.clear();
                }
                throw has(Defect.CALLS_A_FULL_PLACE_BROKEN)
                        ? new StrandlineException.Corrupt("no room")
                        : new StrandlineException.Unavailable("no room in heap");
            }
            ByteArrayOutputStream written = has(Defect.ONE_BUFFER_FOR_ALL) ? place.shared : new ByteArrayOutputStream();
            written.reset();
            if (has(Defect.APPENDS_TO_WHAT_A_FAILURE_LEFT)) {
                written.writeBytes(place.snapshots.getOrDefault(key, new byte[0]));
            }
            List<ByteBuffer> kept = new ArrayList<>();
            try {
                T result = content.writeTo(bytes -> {
                    if (has(Defect.KEEPS_THE_BUFFER)) {
                        kept.add(bytes.duplicate());
                        bytes.position(bytes.limit());
                        return;
                    }
                    int length = bytes.remaining();
                    byte[] copy = new byte[length];
                    bytes.get(copy);
                    boolean lost = has(Defect.LOSES_THE_LAST_PIECE) && length < 100_000;
                    written.write(copy, 0, lost ? 0 : length);
                });
                for (ByteBuffer buffer : kept) {
                    byte[] copy = new byte[buffer.remaining()];
                    buffer.get(copy);
                    written.writeBytes(copy);
                }
                return result;
            } catch (IOException e) {
                throw new StrandlineException.Unavailable("heap: " + e, e);
            } catch (RuntimeException e) {
                if (has(Defect.LOSES_ALL_WITH_A_FAILURE)) {
                    place.snapshots.clear();
                }
                throw has(Defect.WRAPS_WHAT_IS_THROWN) ? new IllegalStateException(e) : e;
            } finally {
                place.snapshots.put(key, written.toByteArray());
                place.newest = key;
                own.put(key, true);
            }
        }

        @Override
        public <T> Future<T> read(String pipeline, String snapshot, Reader<T> reader) {
            String key = key(pipeline, snapshot);
            return start(() -> {
                byte[] bytes =
                        has(Defect.READS_ONLY_ITS_OWN) && !own.containsKey(key) ? null : place.snapshots.get(key);
                if (bytes == null) {
                    if (has(Defect.READS_NOTHING_WHERE_NOTHING_IS)) {
                        bytes = new byte[0];
                    } else {
                        throw new StrandlineException.NotFound(key);
                    }
                }
                try {
                    return reader.readFrom(new Bytes(bytes, has(Defect.READS_FROM_THE_START)));
                } catch (IOException e) {
                    throw new StrandlineException.Corrupt(key, e);
                } catch (IllegalStateException e) {
                    throw has(Defect.SWALLOWS_A_READER) ? new StrandlineException.Corrupt(key, e) : e;
                }
            });
        }

        @SuppressWarnings("ArrayRecordComponent") // never compared
        private record Bytes(byte[] bytes, boolean fromTheStart) implements Input {

            @Override
            public long size() {
                return bytes.length;
            }

            @Override
            public int read(ByteBuffer into, long position) {
                int from = (int) Math.min(bytes.length, position);
                int count = Math.min(into.remaining(), bytes.length - from);
                into.put(bytes, fromTheStart ? 0 : from, count);
                return count;
            }
        }

        @Override
        public Future<List<String>> list(String pipeline) {
            String prefix = key(pipeline, "");
            return start(() -> {
                Map<String, Boolean> names = new TreeMap<>();
                place.snapshots.keySet().stream()
                        .filter(key -> key.startsWith(prefix))
                        .filter(key -> !has(Defect.LISTS_ONLY_ITS_OWN) || own.containsKey(key))
                        .forEach(key -> names.put(key.substring(prefix.length()), true));
                if (has(Defect.LISTS_WHAT_IS_DELETED)) {
                    names.putAll(deleted);
                }
                List<String> all = List.copyOf(names.keySet());
                return has(Defect.LISTS_TEN) ? all.subList(0, Math.min(10, all.size())) : all;
            });
        }

        @Override
        public Future<Void> delete(String pipeline, Collection<String> snapshots) {
            return this.<Boolean>start(() -> {
                        snapshots.forEach(name -> delete(pipeline, name));
                        return true;
                    })
                    .mapEmpty();
        }

        private void delete(String pipeline, String name) {
            deleted.put(name, true);
            if (has(Defect.DELETES_BY_PREFIX)) {
                place.snapshots.keySet().removeIf(key -> key.startsWith(pipeline) && key.endsWith("/" + name));
            } else if (!has(Defect.KEEPS_WHAT_IS_DELETED)
                    && place.snapshots.remove(key(pipeline, name)) == null
                    && has(Defect.DELETES_ONLY_ONCE)) {
                throw new StrandlineException.NotFound(name);
            }
        }

        @Override
        public String place(String pipeline) {
            return "heap";
        }
    }

    @Test
    void each_rule_bites() {
        BrokenImplementations.assertEachRuleBites(
                CheckpointStoreRules.class,
                Defect.values(),
                defect -> defect.rule,
                Fixture::new,
                () -> new Fixture(null));
    }
}
