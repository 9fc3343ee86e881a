package io.strandline.testkit.simulation.client;

import io.strandline.EventCodec;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.StreamDescription;
import io.strandline.spi.LogPort;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.SimulatedScheduler.ClientThread;
import io.strandline.testkit.simulation.model.AppendLedger;
import io.strandline.testkit.simulation.model.AppendLedger.ReadEvent;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.Violations;
import io.strandline.testkit.simulation.model.WriterModel.StreamLife;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A process that opened a log from afar and uses it by the API, on one context. It ends by itself or with its machine, and
 * then hears nothing any more.
 */
public final class Application {

    /** The longest that a call may take beside the retries of a writer, in milliseconds. */
    private static final long GRACE_MILLIS = 30_000;

    /** A writer waits for other lanes, for its admission and for its own retries, each as long as it may retry. */
    private static final int RETRIES_OF_ONE_CALL = 8;

    static final EventCodec<String> CODEC = new TextCodec();

    private final World world;
    private final String name;
    private final ClientThread thread;
    private final ContextInternal context;
    private final DistantLog link;
    private final Strandline log;
    private final List<WriterUser> users = new ArrayList<>();
    private boolean gone;

    /** What all applications of a run share. */
    public record World(
            Vertx vertx,
            SimulatedScheduler scheduler,
            AppendLedger ledger,
            Violations violations,
            OpenCalls calls,
            Consumer<Supplier<String>> trace) {}

    /** Takes an answer, or a failure. */
    interface Answer<T> {
        void take(@Nullable T value, @Nullable Throwable failure);
    }

    public Application(World world, String name, DistantLog link) {
        this.world = world;
        this.name = name;
        this.link = link;
        this.thread = world.scheduler().client(name);
        this.context = SimulatedEventLoop.context(world.vertx(), thread);
        context.exceptionHandler(thrown -> world.violations()
                .report(Invariant.FAILURES_ARE_THE_LOGS, "something threw on the context of " + name, thrown));
        this.log = LogPort.strandline(world.vertx(), link);
    }

    World world() {
        return world;
    }

    Strandline log() {
        return log;
    }

    public DistantLog link() {
        return link;
    }

    void add(WriterUser user) {
        users.add(user);
    }

    /** Has one of its users do something. */
    public void act(SplittableRandom random) {
        WriterUser user = users.get(random.nextInt(users.size()));
        context.runOnContext(ignored -> user.act());
    }

    /** It begins nothing new. */
    public void drain() {
        users.forEach(WriterUser::drain);
    }

    /** True if nothing is to be done any more. */
    public boolean isDone() {
        return users.stream().allMatch(WriterUser::isDone);
    }

    /** The process ends at once. What it has sent may still arrive. */
    public void die() {
        gone = true;
        link.abandon();
        thread.end();
        world.calls().abandon(this);
        // Only for Vert.x to forget it: nothing of it runs any more.
        log.close();
    }

    /** Closes its log in good order. */
    public Future<Void> close() {
        return on(log::close);
    }

    /** Nothing of it is used any more. */
    public void end() {
        gone = true;
        thread.end();
    }

    /** Makes a call on its context. */
    private <T> Future<T> on(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(ignored -> call.get().onComplete(promise));
        return promise.future();
    }

    /** Hears the answer of a call, which must come within what a writer's retries may take. */
    <T> void hear(Object what, long retryMillis, Future<T> future, Answer<T> answer) {
        OpenCalls.Call call = world.calls().begin(what, this, GRACE_MILLIS + RETRIES_OF_ONE_CALL * retryMillis);
        future.onComplete((value, failure) -> {
            if (!call.end() || gone) {
                return;
            }
            world.trace().accept(() -> call + " → " + (failure == null ? value : failure));
            answer.take(value, failure);
        });
    }

    void trace(Supplier<String> line) {
        world.trace().accept(line);
    }

    /** The streams of one name are told apart by the first partition, whose number is never given again. */
    static StreamLife lifeOf(StreamDescription stream) {
        return new StreamLife(
                stream.name().toString(), Collections.min(stream.byId().keySet()));
    }

    /** Reads a stream from its beginning to its present end. Of one key, the events come in their order. */
    public Future<List<ReadEvent>> readAll(String stream) {
        return on(() -> log.read(stream, CODEC, new ReaderOptions()).compose(Application::collect));
    }

    private static Future<List<ReadEvent>> collect(EventReader<String> reader) {
        Promise<List<ReadEvent>> promise = Promise.promise();
        List<ReadEvent> events = new ArrayList<>();
        reader.exceptionHandler(promise::tryFail);
        reader.endHandler(end -> promise.tryComplete(events));
        reader.handler(event -> events.add(readEvent(event)));
        return promise.future();
    }

    private static ReadEvent readEvent(EventRecord<String> event) {
        return new ReadEvent(event.partition(), event.offset(), event.key(), event.event());
    }

    @Override
    public String toString() {
        return name;
    }
}
