package io.strandline.benchmarks.pekko;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.EventSource;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Progress;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.aggregate.StrandlineCommands;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The client of all accounts: an actor that recovers them, and then keeps commands for accounts chosen at random in flight. It sends
 * and hears messages in memory, without futures, as cheaply as Pekko can.
 */
final class PekkoLoad extends AbstractBehavior<PekkoLoad.Message> {

    private static final long AMOUNT = 100;

    private final Progress progress;
    private final EventSource source = new EventSource();
    private final List<ActorRef<PekkoAccount.Deposit>> accounts;
    private final CompletableFuture<Void> ready;
    private int recovering;

    private PekkoLoad(ActorContext<Message> context, Progress progress, CompletableFuture<Void> ready) {
        super(context);
        this.progress = progress;
        this.ready = ready;
        this.accounts = Stream.of(source.keys())
                .map(id -> context.spawn(PekkoAccount.of(id, context.getSelf()), id))
                .toList();
        this.recovering = accounts.size();
    }

    /** What the client hears. */
    sealed interface Message permits Recovered, Done {}

    /** An account is ready. */
    record Recovered() implements Message {}

    /**
     * A command has been persisted.
     *
     * @param sentNanos when it was sent
     * @param deposits number of events of its account
     */
    record Done(long sentNanos, long deposits) implements Message {}

    /** Measures with a journal, without snapshots. */
    static List<Measurement> measure(Job job, Map<String, ?> journal) throws Exception {
        Config settings = ConfigFactory.parseMap(journal)
                .withFallback(ConfigFactory.parseMap(Map.of(
                        "pekko.loglevel",
                        "WARNING",
                        "pekko.persistence.snapshot-store.plugin",
                        "pekko.persistence.no-snapshot-store",
                        "pekko.actor.serializers.deposited",
                        DepositedSerializer.class.getName(),
                        "pekko.actor.serialization-bindings",
                        Map.of("\"" + PekkoAccount.Deposited.class.getName() + "\"", "deposited"))))
                .withFallback(ConfigFactory.load());
        Progress progress = new Progress();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Behavior<Message> client = Behaviors.setup(context -> new PekkoLoad(context, progress, ready));
        ActorSystem<Message> system = ActorSystem.create(client, "benchmark", settings);
        system.getWhenTerminated()
                .whenComplete((ended, failure) -> progress.fail(new IllegalStateException("the actors have stopped")));
        CompletableFuture.anyOf(ready, progress.failure()).get();
        return List.of(Window.measure(job, progress, CpuTime.ofThisProcess()));
    }

    @Override
    public Receive<Message> createReceive() {
        return newReceiveBuilder()
                .onMessage(Recovered.class, this::recovered)
                .onMessage(Done.class, this::done)
                .build();
    }

    private Behavior<Message> recovered(Recovered account) {
        if (--recovering == 0) {
            ready.complete(null);
            for (int i = 0; i < StrandlineCommands.IN_FLIGHT; i++) {
                next();
            }
        }
        return this;
    }

    private Behavior<Message> done(Done done) {
        progress.record(System.nanoTime() - done.sentNanos());
        progress.count();
        next();
        return this;
    }

    private void next() {
        accounts.get(source.nextKey()).tell(new PekkoAccount.Deposit(AMOUNT, System.nanoTime()));
    }
}
