package io.strandline.testkit.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.log.spi.ChunkStorage;
import io.strandline.log.spi.NoSpaceException;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The rules C1 to C9 of {@link ChunkStorage}. */
public abstract class ChunkStorageRules {

    private static final int LARGE = 3 << 20;

    /** The storage of the fixture. Empty at first, later with the data that is there. */
    protected abstract ChunkStorage storage() throws Exception;

    /** Cuts the power: what was not made durable may be gone. The next {@link #storage()} finds what is left. */
    protected abstract void crash() throws Exception;

    /** Takes all room, or gives it back. Applies to the storage that is open. */
    protected abstract void full(boolean full) throws Exception;

    /** Waits for a future. */
    protected abstract <T> Future<T> done(Future<T> future);

    private <T> T get(Future<T> future) {
        Future<T> done = done(future);
        assertThat(done.cause()).isNull();
        return done.result();
    }

    private Throwable failure(Future<?> future) {
        Future<?> done = done(future);
        assertThat(done.failed()).as("failed").isTrue();
        return done.cause();
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** Writes in pieces, each through an array that is used again at once. */
    private static ChunkStorage.Content<Integer> content(byte[] bytes) {
        return output -> {
            byte[] piece = new byte[5 + 100_000];
            for (int at = 0; at < bytes.length; ) {
                int length = Math.min(100_000, bytes.length - at);
                System.arraycopy(bytes, at, piece, 5, length);
                output.write(piece, 5, length);
                at += length;
                if (output.position() != at) {
                    throw new AssertionError("position " + output.position() + " after " + at + " bytes");
                }
            }
            return bytes.length;
        };
    }

    @Test
    final void c1_any_part_of_what_was_put_is_read_back() throws Exception {
        ChunkStorage storage = storage();
        byte[] bytes = bytes(LARGE + 17);
        assertThat(get(storage.put("a", content(bytes)))).isEqualTo(bytes.length);
        assertThat(get(storage.size("a"))).isEqualTo((long) bytes.length);
        assertThat(get(storage.read("a", 0, bytes.length))).isEqualTo(bytes);
        assertThat(get(storage.read("a", 4095, 8194))).isEqualTo(Arrays.copyOfRange(bytes, 4095, 4095 + 8194));
        assertThat(get(storage.read("a", bytes.length - 1L, 1)))
                .isEqualTo(Arrays.copyOfRange(bytes, bytes.length - 1, bytes.length));
    }

    @Test
    final void c2_an_object_and_its_name_are_durable_when_the_put_completes() throws Exception {
        byte[] large = bytes(LARGE);
        byte[] small = bytes(3);
        get(storage().put("large", content(large)));
        get(storage().put("small", content(small)));
        crash();
        ChunkStorage after = storage();
        assertThat(get(after.list())).contains("large", "small");
        assertThat(get(after.read("large", 0, large.length))).isEqualTo(large);
        assertThat(get(after.read("small", 0, 3))).isEqualTo(small);
    }

    @Test
    final void c3_a_content_that_fails_fails_the_put_and_harms_nothing_else() throws Exception {
        ChunkStorage storage = storage();
        get(storage.put("a", content(bytes(9))));
        IllegalStateException failure = new IllegalStateException("not dense");
        assertThat(failure(storage.put("b", output -> {
                    output.write(new byte[LARGE], 0, LARGE);
                    throw failure;
                })))
                .isSameAs(failure);
        assertThat(get(storage.read("a", 0, 9))).isEqualTo(bytes(9));
        get(storage.put("c", content(bytes(7))));
        assertThat(get(storage.read("c", 0, 7))).isEqualTo(bytes(7));
    }

    @Test
    final void c4_what_cannot_be_read_is_named() throws Exception {
        ChunkStorage storage = storage();
        get(storage.put("short", content(bytes(10))));
        assertThat(failure(storage.read("short", 4, 7)))
                .isInstanceOf(StrandlineException.Corrupt.class)
                .hasMessageContaining("short")
                .hasMessageContaining("4");
        assertThat(failure(storage.read("none", 0, 1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
        assertThat(failure(storage.size("none")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }

    @Test
    final void c5_a_deleted_object_is_gone_and_may_be_deleted_again() throws Exception {
        ChunkStorage storage = storage();
        get(storage.put("a", content(bytes(10))));
        get(storage.put("b", content(bytes(11))));
        assertThat(get(storage.read("a", 0, 10))).hasSize(10);
        get(storage.delete("a"));
        get(storage.delete("a"));
        assertThat(failure(storage.read("a", 0, 1))).isInstanceOf(IOException.class);
        assertThat(get(storage.list())).doesNotContain("a").contains("b");
        assertThat(get(storage.read("b", 0, 11))).isEqualTo(bytes(11));
    }

    @Test
    final void c6_all_names_are_listed_with_their_sizes() throws Exception {
        ChunkStorage storage = storage();
        assertThat(get(storage.list())).isEmpty();
        for (int i = 0; i < 50; i++) {
            get(storage.put("chunk-" + i, content(bytes(i))));
        }
        assertThat(get(storage.list())).hasSize(50).contains("chunk-0", "chunk-49");
        assertThat(get(storage.size("chunk-0"))).isZero();
        assertThat(get(storage.sizes()))
                .hasSize(50)
                .containsEntry("chunk-0", 0L)
                .containsEntry("chunk-49", 49L);
    }

    @Test
    final void c7_no_room_is_told_and_passes() throws Exception {
        ChunkStorage storage = storage();
        full(true);
        assertThat(failure(storage.put("a", content(bytes(LARGE))))).isInstanceOf(NoSpaceException.class);
        full(false);
        get(storage.put("b", content(bytes(LARGE))));
        assertThat(get(storage.read("b", 0, LARGE))).isEqualTo(bytes(LARGE));
    }

    @Test
    final void c9_an_object_is_made_of_others_and_is_durable_when_that_completes() throws Exception {
        ChunkStorage storage = storage();
        byte[] first = bytes(LARGE);
        byte[] second = bytes(11);
        get(storage.put("a", content(first)));
        get(storage.put("b", content(second)));
        long written = get(storage.rewrite("c", (input, output) -> {
            assertThat(input.size("a")).isEqualTo(LARGE);
            byte[] part = {1, 1, 1, 1, 1, 1, 1, 1, 1};
            input.read("b", 4, 7, part, 1);
            assertThat(part[0] + part[8]).isEqualTo(2);
            output.write(part, 1, 7);
            output.write(input.read("a", 0, LARGE), 0, LARGE);
            return output.position();
        }));
        assertThat(written).isEqualTo(LARGE + 7L);
        assertThat(failure(storage.rewrite("d", (input, output) -> input.read("none", 0, 1))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
        crash();
        ChunkStorage after = storage();
        assertThat(get(after.read("c", 0, 7))).isEqualTo(Arrays.copyOfRange(second, 4, 11));
        assertThat(get(after.read("c", 7, LARGE))).isEqualTo(first);
        assertThat(get(after.read("a", 0, LARGE))).isEqualTo(first);
    }

    @Test
    final void c8_what_was_read_is_the_readers_own() throws Exception {
        ChunkStorage storage = storage();
        get(storage.put("a", content(bytes(100))));
        Arrays.fill(get(storage.read("a", 0, 100)), (byte) 1);
        assertThat(get(storage.read("a", 0, 100))).isEqualTo(bytes(100));
    }
}
