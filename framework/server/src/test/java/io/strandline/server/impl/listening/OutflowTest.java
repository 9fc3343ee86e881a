package io.strandline.server.impl.listening;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.server.RestOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What tells a client that reads slowly from one that reads nothing. */
class OutflowTest {

    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(600);

    private final Buffer written = Buffer.buffer();
    private final List<Promise<Void>> pieces = new ArrayList<>();
    private final Outflow outflow =
            new Outflow(client(), new RestOptions().setStallMillis(TimeUnit.NANOSECONDS.toMillis(STALL_NANOS)));

    /** Pieces leave at once. */
    private boolean isFast;

    @SuppressWarnings("unchecked") // the class of a stream says nothing of what it takes
    private WriteStream<Buffer> client() {
        return (WriteStream<Buffer>) Proxy.newProxyInstance(
                WriteStream.class.getClassLoader(),
                new Class<?>[] {WriteStream.class},
                (client, method, arguments) -> switch (method.getName()) {
                    case "write", "end" -> {
                        if (arguments != null) {
                            written.appendBuffer((Buffer) arguments[0]);
                        }
                        Promise<Void> left = Promise.promise();
                        pieces.add(left);
                        if (isFast) {
                            left.complete();
                        }
                        yield left.future();
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private boolean isStalled() {
        return outflow.isStalled(System.nanoTime() + STALL_NANOS);
    }

    private static Buffer bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31);
        }
        return Buffer.buffer(bytes);
    }

    @Test
    void a_long_answer_goes_in_pieces_and_each_is_progress() {
        Future<Void> left = outflow.end(bytes(200_000));
        assertThat(written).isEqualTo(bytes(200_000));
        assertThat(pieces).hasSizeGreaterThan(3);
        assertThat(isStalled()).isTrue();
        for (Promise<Void> piece : pieces) {
            assertThat(left.isComplete()).isFalse();
            long before = System.nanoTime();
            assertThat(outflow.isStalled(before + STALL_NANOS)).isTrue();
            piece.complete();
            assertThat(outflow.isStalled(before + STALL_NANOS)).isFalse();
        }
        assertThat(left.succeeded()).isTrue();
        assertThat(outflow.bytes()).isZero();
    }

    @Test
    void a_response_of_which_nothing_waits_is_not_stalled() {
        assertThat(isStalled()).isFalse();
        outflow.write(bytes(10));
        assertThat(outflow.bytes()).isEqualTo(10);
        assertThat(isStalled()).isTrue();
        pieces.get(0).complete();
        assertThat(isStalled()).isFalse();
    }

    @Test
    void the_end_of_a_response_must_leave_too() {
        outflow.end();
        assertThat(isStalled()).isTrue();
        pieces.get(0).complete();
        assertThat(isStalled()).isFalse();
    }

    @Test
    void what_is_written_when_all_has_left_comes_between_no_pieces() {
        isFast = true;
        outflow.write(bytes(200_000)).onComplete(left -> outflow.write(Buffer.buffer("next")));
        assertThat(written).isEqualTo(bytes(200_000).appendString("next"));
        assertThat(outflow.bytes()).isZero();
    }
}
