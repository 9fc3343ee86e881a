package io.strandline.sync;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A state for tests: the list of all texts ever added, so that a lost, doubled or misplaced update shows. */
public final class Texts {

    private static final String POISON = "poison";
    /** Hazelcast may notice by its heartbeats alone, after a minute and some, that a member is gone. */
    private static final long DEADLINE_SECONDS = 120;

    public static final EventCodec<String> TEXT = new Utf8<>("text") {
        @Override
        String toText(String value) {
            if (value.equals(POISON)) {
                throw new IllegalStateException("poison cannot be encoded");
            }
            return value;
        }

        @Override
        String fromText(String text) {
            return text;
        }
    };

    public static final EventCodec<List<String>> LINES = new Utf8<>("lines") {
        @Override
        String toText(List<String> value) {
            return String.join("\n", value);
        }

        @Override
        List<String> fromText(String text) {
            return text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
        }
    };

    public static final StateModel<List<String>, String> MODEL =
            new StateModel<>(List.of(), Texts::withAdded, LINES, TEXT);

    private Texts() {}

    /** Waits on the test's own thread. */
    public static <T> T await(Future<T> future) {
        return await(future, DEADLINE_SECONDS);
    }

    /** Waits on the test's own thread, for a number of seconds. */
    public static <T> T await(Future<T> future, long seconds) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new CompletionException(failed.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for the failure of a future. */
    public static StrandlineException failureOf(Future<?> future) {
        Object result;
        try {
            result = await(future);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof StrandlineException expected) {
                return expected;
            }
            throw failed;
        }
        throw new AssertionError("completed with " + result);
    }

    /** Waits on the test's own thread. */
    public static void await(CountDownLatch latch) {
        try {
            if (!latch.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(latch.getCount() + " more are due after " + DEADLINE_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> withAdded(List<String> state, String update) {
        if (update.equals("unfoldable")) {
            throw new IllegalStateException("cannot fold this");
        }
        List<String> after = new ArrayList<>(state);
        after.add(update);
        return List.copyOf(after);
    }

    private abstract static class Utf8<E> implements EventCodec<E> {

        private final EventType type;

        Utf8(String name) {
            this.type = new EventType(name, 1);
        }

        abstract String toText(E value);

        abstract E fromText(String text);

        @Override
        public EventType typeOf(E event) {
            return type;
        }

        @Override
        public void encode(E event, PayloadOutput out) throws IOException {
            out.write(toText(event).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public E decode(EventType stored, byte[] bytes, int from, int length) {
            if (!stored.equals(type)) {
                throw new StrandlineException.Invalid("type " + stored + ", known is " + type);
            }
            return fromText(new String(bytes, from, length, StandardCharsets.UTF_8));
        }
    }
}
