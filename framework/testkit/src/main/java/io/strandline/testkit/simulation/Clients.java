package io.strandline.testkit.simulation;

import io.strandline.StrandlineException;
import io.strandline.spi.LogPort;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.simulation.model.CatalogModel;
import io.strandline.testkit.simulation.model.EarlyAcks;
import io.strandline.testkit.simulation.model.Invariant;
import io.strandline.testkit.simulation.model.Violations;
import io.vertx.core.Future;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What all simulated clients of a log share. They outlive the log's process, as clients elsewhere would. */
final class Clients {

    /** The chance that a client makes its next call at once, from inside the log's answer. */
    private static final int CALLS_PER_CALL_FROM_ANSWER = 5;

    /** How long the log remembers an anonymous writer at least. */
    private static final long FORGOTTEN_NANOS = TimeUnit.HOURS.toNanos(2);

    private static final String STOPPED = " is stopped after ";

    final SplittableRandom random;
    final Violations violations;
    final CatalogModel catalog;
    final EarlyAcks earlyAcks;
    private final SimulatedScheduler scheduler;
    private final Trace trace;
    private @Nullable LogPort port;
    private BooleanSupplier gone = () -> true;
    private int life;

    /** A call was told that its shard has given up. */
    private boolean heardOfStop;

    /** The log has a reason not to serve: faults are planned, or it closes. */
    boolean troubled;

    /** What happens to streams, beside what always does. */
    final StreamChanges changes;

    /** No new work is begun. */
    boolean draining;

    long batchesAcked;
    long bytesAcked;

    Clients(
            SplittableRandom random,
            StreamChanges changes,
            SimulatedScheduler scheduler,
            Violations violations,
            Trace trace) {
        this.random = random;
        this.changes = changes;
        this.violations = violations;
        this.catalog = new CatalogModel(scheduler::newestWallMillis, violations);
        this.earlyAcks = new EarlyAcks(violations);
        this.scheduler = scheduler;
        this.trace = trace;
    }

    /** Takes an answer, or a failure. */
    interface Answer<T> {
        void take(@Nullable T value, @Nullable Throwable failure);
    }

    void connect(LogPort opened, BooleanSupplier isGone) {
        heardOfStop = false;
        port = opened;
        gone = isGone;
    }

    /** The process is gone: its answers will not come. */
    void disconnect() {
        port = null;
        gone = () -> true;
        life++;
        catalog.lost(life);
    }

    LogPort port() {
        return Objects.requireNonNull(port);
    }

    /** Hands an answer over, unless the process that gives it is gone. */
    <T> void answer(Future<T> future, Answer<T> answer, Runnable next) {
        int asked = life;
        future.onComplete((value, failure) -> {
            if (life != asked || gone.getAsBoolean()) {
                return;
            }
            try {
                answer.take(value, failure);
                if (random.nextInt(CALLS_PER_CALL_FROM_ANSWER) == 0) {
                    next.run();
                }
            } catch (RuntimeException e) {
                violations.report(Invariant.NOTHING_INVENTED, "a client could not make sense of an answer", e);
            }
        });
    }

    /** Checks a failure that promises that another try may succeed. Any other failure is a violation. */
    void requireTemporary(Throwable failure, Supplier<String> call) {
        if (failure instanceof StrandlineException.Overloaded) {
            return;
        }
        if (failure instanceof StrandlineException.Unavailable || failure instanceof StrandlineException.Unknown) {
            heardOfStop |= String.valueOf(failure.getMessage()).contains(STOPPED);
            if (!troubled) {
                violations.report(
                        Invariant.REFUSALS_ARE_TRUE, call.get() + " failed, though nothing was wrong", failure);
            }
            return;
        }
        violations.report(Invariant.REFUSALS_ARE_TRUE, call.get() + " failed for a wrong reason", failure);
    }

    /** True if so much time has passed, in leaps or from timer to timer, that idle anonymous writers may be forgotten. */
    boolean mayHaveForgotten() {
        return scheduler.monotonicNanos() > FORGOTTEN_NANOS;
    }

    /** True if a shard has given up since the last call of this, and serves again when the log is opened again. */
    boolean takeHeardOfStop() {
        boolean heard = heardOfStop;
        heardOfStop = false;
        return heard;
    }

    void trace(Supplier<String> line) {
        trace.add(line);
    }
}
