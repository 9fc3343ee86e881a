package io.strandline.testkit.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.spi.CheckpointStore;
import io.strandline.processing.pipeline.spi.CheckpointStore.Content;
import io.strandline.processing.pipeline.spi.CheckpointStore.NewSnapshot;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rules K1 to K11 of {@link CheckpointStore}. */
public abstract class CheckpointStoreRules {

    private static final int LARGE = 1 << 20;
    private static final int PIECE_BYTES = 100_000;
    private static final int LIVES = 12;
    private static final int NEW_BYTES = 150_000;
    private static final int SECONDS = 30;
    private static final String PIPELINE = "balances";

    /** A store over the fixture's place, which is empty at first. All stores of one fixture are over the same place. */
    protected abstract CheckpointStore create() throws Exception;

    /** A store over the place, after all that were open have done their work and were closed. */
    protected abstract CheckpointStore reopen() throws Exception;

    /**
     * A store over what is left of the place after a power failure: what a store did not make durable may be gone. No store
     * that was open before does anything more.
     */
    protected abstract CheckpointStore crash() throws Exception;

    /** Takes all room of the place, or gives it back. */
    protected abstract void full(boolean full) throws Exception;

    // ---- waiting

    private static <T> T get(Future<T> future) {
        Throwable failure = outcome(future);
        assertThat(failure).isNull();
        return future.result();
    }

    private static Throwable failure(Future<?> future) {
        Throwable failure = outcome(future);
        assertThat(failure).as("failure of what completed").isNotNull();
        return failure;
    }

    private static @Nullable Throwable outcome(Future<?> future) {
        try {
            future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("not done after " + SECONDS + " s", e);
        }
    }

    // ---- snapshots

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Hands over pieces in one buffer, which is used again at once. Returns how many pieces there were. */
    private static Content<Integer> content(byte[] bytes) {
        return output -> {
            ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
            int pieces = 0;
            for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
                piece.clear().put(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
                output.write(piece.flip());
                if (piece.hasRemaining()) {
                    throw new AssertionError(piece.remaining() + " bytes were not taken");
                }
                Arrays.fill(piece.array(), (byte) 0x55);
                pieces++;
            }
            return pieces;
        };
    }

    private static NewSnapshot<Integer> snapshot(String name, byte[] bytes) {
        return new NewSnapshot<>(name, content(bytes));
    }

    private static void write(CheckpointStore store, String pipeline, String name, byte[] bytes) {
        get(store.write(pipeline, List.of(snapshot(name, bytes))));
    }

    private static Future<byte[]> read(CheckpointStore store, String pipeline, String name) {
        return store.read(pipeline, name, input -> {
            byte[] bytes = new byte[(int) input.size()];
            int read = input.read(ByteBuffer.wrap(bytes), 0);
            return Arrays.copyOf(bytes, read);
        });
    }

    private static CheckpointStore opened(CheckpointStore store) {
        get(store.open(PIPELINE));
        return store;
    }

    // ---- rules

    @Test
    final void k1_a_snapshot_is_read_as_it_was_written() throws Exception {
        CheckpointStore store = opened(create());
        byte[] large = bytes(LARGE + 17, 1);
        List<Integer> pieces = get(store.write(
                PIPELINE,
                List.of(snapshot("large", large), snapshot("none", new byte[0]), snapshot("one", bytes(3, 2)))));
        assertThat(pieces).containsExactly(11, 0, 1);
        assertThat(get(read(store, PIPELINE, "large"))).isEqualTo(large);
        assertThat(get(read(store, PIPELINE, "none"))).isEmpty();
        assertThat(get(store.<List<Integer>>read(PIPELINE, "large", input -> {
                    ByteBuffer part = ByteBuffer.allocate(10_000);
                    List<Integer> read = new ArrayList<>();
                    for (int from : List.of(LARGE, 4_095, 0, LARGE + 16)) {
                        int count = input.read(part.clear(), from);
                        assertThat(part.flip()).isEqualTo(ByteBuffer.wrap(large, from, count));
                        read.add(count);
                    }
                    read.add(input.read(part.clear(), LARGE + 17L));
                    read.add((int) input.size());
                    return read;
                })))
                .containsExactly(17, 10_000, 10_000, 1, 0, LARGE + 17);
    }

    @Test
    final void k2_what_was_written_survives_with_its_names() throws Exception {
        CheckpointStore store = opened(create());
        for (int life = 1; life <= LIVES; life++) {
            byte[] first = bytes(20_000 * life, life);
            byte[] second = bytes(3, life);
            get(store.write(PIPELINE, List.of(snapshot("a" + life, first), snapshot("b" + life, second))));
            store = opened(life % 4 == 0 ? reopen() : crash());
            assertThat(get(store.list(PIPELINE))).contains("a" + life, "b" + life, "a1", "b1");
            assertThat(get(read(store, PIPELINE, "a" + life))).isEqualTo(first);
            assertThat(get(read(store, PIPELINE, "b" + life))).isEqualTo(second);
            assertThat(get(read(store, PIPELINE, "a1"))).isEqualTo(bytes(20_000, 1));
        }
    }

    @Test
    final void k3_a_content_that_throws_fails_the_write_and_harms_nothing_else() throws Exception {
        CheckpointStore store = opened(create());
        write(store, PIPELINE, "before", bytes(100, 1));
        IllegalStateException thrown = new IllegalStateException("no state");
        NewSnapshot<Integer> failing = new NewSnapshot<>("failing", output -> {
            output.write(ByteBuffer.wrap(bytes(LARGE, 2)));
            throw thrown;
        });
        assertThat(failure(store.write(PIPELINE, List.of(snapshot("beside", bytes(10, 3)), failing))))
                .isSameAs(thrown);
        assertThat(get(store.list(PIPELINE))).contains("before").isSubsetOf("before", "beside", "failing");
        assertThat(get(read(store, PIPELINE, "before"))).isEqualTo(bytes(100, 1));
        write(store, PIPELINE, "failing", bytes(50, 4));
        assertThat(get(read(store, PIPELINE, "failing"))).isEqualTo(bytes(50, 4));
    }

    @Test
    final void k4_a_missing_snapshot_and_a_reader_that_throws_fail_the_read() throws Exception {
        CheckpointStore store = opened(create());
        assertThat(failure(read(store, PIPELINE, "none"))).isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(read(store, "never-opened", "none"))).isInstanceOf(StrandlineException.NotFound.class);
        write(store, PIPELINE, "some", bytes(100, 1));
        IllegalStateException thrown = new IllegalStateException("not what was expected");
        assertThat(failure(store.read(PIPELINE, "some", input -> {
                    throw thrown;
                })))
                .isSameAs(thrown);
        assertThat(get(read(store, PIPELINE, "some"))).hasSize(100);
    }

    @Test
    final void k5_all_snapshots_are_listed() throws Exception {
        CheckpointStore store = create();
        assertThat(get(store.list(PIPELINE))).isEmpty();
        get(opened(store).open(PIPELINE));
        assertThat(get(store.list(PIPELINE))).isEmpty();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            names.add("e7-c" + i + "-p1.snapshot");
            write(store, PIPELINE, names.get(i), bytes(i, i));
        }
        assertThat(get(store.list(PIPELINE))).containsExactlyInAnyOrderElementsOf(names);
        assertThat(get(opened(reopen()).list(PIPELINE))).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    final void k6_a_deleted_snapshot_is_gone_and_may_be_deleted_again() throws Exception {
        CheckpointStore store = opened(create());
        for (String name : List.of("a", "b", "c")) {
            write(store, PIPELINE, name, bytes(5_000, 1));
        }
        get(store.delete(PIPELINE, List.of("a", "never")));
        get(store.delete(PIPELINE, List.of("a")));
        assertThat(get(store.list(PIPELINE))).containsExactlyInAnyOrder("b", "c");
        assertThat(failure(read(store, PIPELINE, "a"))).isInstanceOf(StrandlineException.NotFound.class);
        for (int life = 0; life < LIVES; life++) {
            store = opened(crash());
            if (get(store.list(PIPELINE)).contains("a")) {
                assertThat(get(read(store, PIPELINE, "a"))).isEqualTo(bytes(5_000, 1));
            }
            get(store.delete(PIPELINE, List.of("a")));
            assertThat(get(store.list(PIPELINE))).containsExactlyInAnyOrder("b", "c");
        }
        get(store.delete(PIPELINE, List.of("b", "c")));
        get(store.forget(PIPELINE));
        assertThat(get(store.list(PIPELINE))).isEmpty();
        write(opened(store), PIPELINE, "a", bytes(7, 2));
        assertThat(get(read(store, PIPELINE, "a"))).isEqualTo(bytes(7, 2));
    }

    @Test
    final void k7_pipelines_do_not_affect_each_other() throws Exception {
        CheckpointStore store = create();
        List<String> pipelines = List.of("a", "a-b", "a.b", "b");
        for (String pipeline : pipelines) {
            get(store.open(pipeline));
            write(store, pipeline, "same", bytes(100, pipeline.hashCode()));
            write(store, pipeline, "of-" + pipeline, bytes(10, 1));
        }
        get(store.delete("a", List.of("same", "of-a", "of-b")));
        get(store.forget("a"));
        assertThat(get(store.list("a"))).isEmpty();
        for (String pipeline : pipelines.subList(1, 4)) {
            assertThat(get(store.list(pipeline))).containsExactlyInAnyOrder("same", "of-" + pipeline);
            assertThat(get(read(store, pipeline, "same"))).isEqualTo(bytes(100, pipeline.hashCode()));
        }
    }

    @Test
    final void k8_calls_at_the_same_time_do_not_affect_each_other() throws Exception {
        CheckpointStore one = opened(create());
        CheckpointStore other = opened(create());
        write(one, PIPELINE, "old", bytes(LARGE, 99));
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            CheckpointStore store = i % 2 == 0 ? one : other;
            write(store, PIPELINE, "gone" + i, bytes(10, i));
            calls.add(store.write(PIPELINE, List.of(snapshot("new" + i, bytes(NEW_BYTES + i, i)))));
            calls.add(store.delete(PIPELINE, List.of("gone" + i)));
            calls.add(read(store, PIPELINE, "old").map(bytes -> {
                assertThat(bytes).isEqualTo(bytes(LARGE, 99));
                return bytes;
            }));
            calls.add(store.list(PIPELINE).map(names -> {
                assertThat(names).contains("old");
                return names;
            }));
        }
        CountDownLatch halves = new CountDownLatch(2);
        calls.add(one.write(PIPELINE, List.of(inHalves("half0", halves))));
        calls.add(other.write(PIPELINE, List.of(inHalves("half1", halves))));
        calls.forEach(CheckpointStoreRules::get);
        for (String half : List.of("half0", "half1")) {
            assertThat(get(read(one, PIPELINE, half))).isEqualTo(bytes(LARGE, half.hashCode()));
        }
        for (int i = 0; i < 12; i++) {
            assertThat(get(read(i % 2 == 0 ? other : one, PIPELINE, "new" + i))).isEqualTo(bytes(NEW_BYTES + i, i));
        }
        assertThat(get(one.list(PIPELINE))).hasSize(15);
    }

    /** Writes its second half when others have written their first, unless the store does one thing after the other. */
    private static NewSnapshot<Boolean> inHalves(String name, CountDownLatch halves) {
        byte[] bytes = bytes(LARGE, name.hashCode());
        return new NewSnapshot<>(name, output -> {
            output.write(ByteBuffer.wrap(bytes, 0, LARGE / 2));
            halves.countDown();
            boolean met;
            try {
                met = halves.await(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            output.write(ByteBuffer.wrap(bytes, LARGE / 2, LARGE / 2));
            return met;
        });
    }

    @Test
    final void k9_a_place_without_room_is_unavailable_and_its_snapshots_are_of_use() throws Exception {
        CheckpointStore store = opened(create());
        write(store, PIPELINE, "a", bytes(50_000, 1));
        write(store, PIPELINE, "b", bytes(50_000, 2));
        full(true);
        assertThat(failure(store.write(PIPELINE, List.of(snapshot("c", bytes(50_000, 3))))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining(store.place(PIPELINE));
        assertThat(get(read(store, PIPELINE, "a"))).isEqualTo(bytes(50_000, 1));
        get(store.delete(PIPELINE, List.of("a")));
        assertThat(get(read(store, PIPELINE, "b"))).isEqualTo(bytes(50_000, 2));
        full(false);
        write(store, PIPELINE, "c", bytes(50_000, 3));
        assertThat(get(read(store, PIPELINE, "c"))).isEqualTo(bytes(50_000, 3));
    }

    @Test
    final void k10_a_buffer_may_be_changed_when_it_was_handed_over() throws Exception {
        CheckpointStore store = opened(create());
        byte[] bytes = bytes(30_000, 1);
        get(store.write(PIPELINE, List.of(new NewSnapshot<>("a", output -> {
            byte[] used = new byte[12_000];
            ByteBuffer direct = ByteBuffer.allocateDirect(12_000);
            for (int at = 0; at < bytes.length; at += 10_000) {
                System.arraycopy(bytes, at, used, 1_000, 5_000);
                output.write(ByteBuffer.wrap(used, 1_000, 5_000));
                Arrays.fill(used, (byte) 1);
                output.write(direct.clear().put(bytes, at + 5_000, 5_000).flip());
                direct.clear().put(new byte[12_000]);
            }
            return 0;
        }))));
        assertThat(get(read(store, PIPELINE, "a"))).isEqualTo(bytes);
    }

    @Test
    final void k11_what_is_handed_in_runs_where_it_may_block() throws Exception {
        CheckpointStore store = opened(create());
        Vertx vertx = Vertx.vertx();
        try {
            AtomicInteger ran = new AtomicInteger();
            Promise<Integer> done = Promise.promise();
            vertx.getOrCreateContext()
                    .runOnContext(onLoop -> store.write(PIPELINE, List.of(new NewSnapshot<>("a", output -> {
                                output.write(ByteBuffer.wrap(new byte[10]));
                                return mayBlock(ran);
                            })))
                            .compose(written -> store.read(PIPELINE, "a", input -> mayBlock(ran)))
                            .onComplete(done));
            get(done.future());
            assertThat(ran).hasValue(2);
        } finally {
            get(vertx.close());
        }
    }

    private static int mayBlock(AtomicInteger ran) {
        assertThat(Context.isOnEventLoopThread()).as("on an event loop").isFalse();
        return ran.incrementAndGet();
    }
}
