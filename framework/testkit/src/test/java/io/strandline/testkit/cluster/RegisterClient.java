package io.strandline.testkit.cluster;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.SynchronizerOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Random;

/**
 * Calls one synchronizer, one call after the other, with a random pause between them, and prints the calls. See {@link
 * ClusterMember} for the lines. The beginning of a call is printed before it is made, so that no effect comes from
 * nowhere.
 */
final class RegisterClient {

    private static final int MAX_PAUSE_MILLIS = 8;
    private static final int RETRY_MILLIS = 100;

    private final Vertx vertx;
    private final StateSync sync;
    private final String name;
    private final String id;
    private final Context context;
    private final Random random = new Random();
    private final Promise<Void> ended = Promise.promise();
    private int calls;
    private boolean ending;

    RegisterClient(Vertx vertx, StateSync sync, String name, String id) {
        this.vertx = vertx;
        this.sync = sync;
        this.name = name;
        this.id = id;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
    }

    void start() {
        context.runOnContext(begin -> open());
    }

    /** Completes after one last read. */
    Future<Void> end() {
        context.runOnContext(end -> ending = true);
        return ended.future();
    }

    private void open() {
        StateModel<Buffer, Buffer> model = StateModel.ofValue(Buffer.buffer(ClusterMember.INITIAL), EventCodec.raw());
        sync.open(name, model, new SynchronizerOptions().setCallTimeoutMillis(3_000))
                .onSuccess(this::next)
                .onFailure(away -> vertx.setTimer(RETRY_MILLIS, again -> open()));
    }

    private void next(StateSynchronizer<Buffer, Buffer> synchronizer) {
        boolean last = ending;
        Future<?> call = last ? read(synchronizer) : anyCall(synchronizer);
        call.onComplete(done -> {
            if (last && done.succeeded()) {
                ended.complete();
            } else {
                vertx.setTimer(1 + random.nextInt(MAX_PAUSE_MILLIS), pause -> next(synchronizer));
            }
        });
    }

    private Future<?> anyCall(StateSynchronizer<Buffer, Buffer> synchronizer) {
        int choice = random.nextInt(100);
        if (choice < 35) {
            return read(synchronizer);
        }
        return choice < 80 ? update(synchronizer) : compareAndSet(synchronizer);
    }

    private Future<?> read(StateSynchronizer<Buffer, Buffer> synchronizer) {
        String call = begin("READ", 0, "-");
        return answered(
                call,
                synchronizer
                        .fetch()
                        .onSuccess(state -> ok(call, state, state.state().toString())));
    }

    private Future<?> update(StateSynchronizer<Buffer, Buffer> synchronizer) {
        String written = id + "/" + calls;
        String call = begin("UPDATE", 0, written);
        String[] seen = new String[1];
        return answered(
                call,
                synchronizer
                        .update(state -> {
                            seen[0] = state.toString();
                            return List.of(Buffer.buffer(written));
                        })
                        .onSuccess(state -> ok(call, state, seen[0])));
    }

    private Future<?> compareAndSet(StateSynchronizer<Buffer, Buffer> synchronizer) {
        String written = id + "/" + calls;
        long expected = synchronizer.state().revision();
        String call = begin("COMPARE_AND_SET", expected, written);
        return answered(
                call,
                synchronizer.compareAndSet(expected, Buffer.buffer(written)).onSuccess(state -> ok(call, state, "-")));
    }

    private String begin(String kind, long expected, String text) {
        String call = id + "/" + calls++;
        ClusterMember.say(String.join(
                " ", "I", call, id, Long.toString(System.nanoTime()), kind, name, Long.toString(expected), text));
        return call;
    }

    private static void ok(String call, Revisioned<Buffer> state, String text) {
        ClusterMember.say("O " + call + " " + System.nanoTime() + " " + state.revision() + " " + text);
    }

    private static Future<?> answered(String call, Future<?> answer) {
        return answer.onFailure(failure -> {
            if (failure instanceof StrandlineException.Unknown) {
                ClusterMember.say("U " + call);
            } else if (failure instanceof StrandlineException.Conflict) {
                ClusterMember.say("R " + call + " " + System.nanoTime());
            } else if (failure instanceof StrandlineException.Unavailable
                    || failure instanceof StrandlineException.Overloaded) {
                ClusterMember.say("N " + call);
            } else {
                ClusterMember.say("X " + call + " failed with " + failure);
            }
        });
    }
}
