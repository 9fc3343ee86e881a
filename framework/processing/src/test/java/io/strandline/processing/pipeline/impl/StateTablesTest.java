package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.assertExactWithout;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.deposit;
import static io.strandline.processing.pipeline.impl.PoisonedDeposits.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.FailurePolicy;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.strandline.processing.pipeline.spi.StateTable;
import io.strandline.processing.pipeline.spi.StateTables;
import io.vertx.core.Context;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A pipeline whose tables cannot be read, or cannot be written. */
class StateTablesTest extends OnPipelineFixture {

    private final AtomicBoolean fails = new AtomicBoolean();
    private final AtomicInteger open = new AtomicInteger();

    /** Those of the heap, with a method that fails for steps at times, and not for a worker. */
    private StateTables failing(String call) {
        return operator -> {
            StateTable table = StateBudget.HEAP.open(operator);
            open.incrementAndGet();
            return (StateTable) Proxy.newProxyInstance(
                    StateTable.class.getClassLoader(), new Class<?>[] {StateTable.class}, (proxy, method, args) -> {
                        if (method.getName().equals(call) && fails.get() && isOfATask(call)) {
                            throw new IllegalStateException("the place is gone");
                        }
                        open.addAndGet(method.getName().equals("close") ? -1 : 0);
                        return call(table, method, args);
                    });
        };
    }

    /** Whatever thread reads the checkpoint puts, but a read of a worker is one for a snapshot. */
    private static boolean isOfATask(String call) {
        return !call.equals("get") || Context.isOnEventLoopThread();
    }

    private static Object call(StateTable table, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(table, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private void checkpointSome() {
        Ledger.createStreams(log, 2);
        deposit(log);
        RunningPipeline before = fixture.deploy(fixture.open());
        await(before.awaitEnd());
        await(before.close());
        deposit(log, "more", PoisonedDeposits.EVENTS);
    }

    @ParameterizedTest
    @EnumSource(names = {"SKIP", "PARK"})
    void no_event_is_passed_over_because_its_state_cannot_be_read(FailurePolicy policy) {
        checkpointSome();
        AtomicBoolean restored = new AtomicBoolean();
        PipelineOptions options = options(fixture, policy).setStateTables(failing("get"));
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(fixture.deploy(
                strandline,
                Ledger.pipeline(1, (before, deposit, output) -> {
                    fails.compareAndSet(false, restored.compareAndSet(false, true));
                    return Ledger.step(before, deposit, output);
                }),
                options));
        assertThatThrownBy(() -> await(running.awaitEnd())).hasMessageContaining("cannot be read: the place is gone");
        assertThat(running.status().state()).isEqualTo(State.FAILED);
        fails.set(false);
        await(running.resume());
        await(running.awaitEnd());
        await(running.close());
        assertExactWithout(fixture, Set.of());
        assertThat(open).as("tables that are open").hasValue(0);
    }

    @Test
    void a_run_whose_states_cannot_be_put_ends_and_the_next_one_goes_on() {
        checkpointSome();
        RunningPipeline running = await(fixture.deploy(
                fixture.open(),
                Ledger.pipeline(1, (before, deposit, output) -> {
                    fails.set(true);
                    return Ledger.step(before, deposit, output);
                }),
                options(fixture, FailurePolicy.SKIP).setStateTables(failing("put"))));
        assertThatThrownBy(() -> await(running.ended())).hasStackTraceContaining("the place is gone");
        assertThat(open).as("tables that are open").hasValue(0);
        fails.set(false);
        RunningPipeline next = await(fixture.deploy(
                fixture.open(),
                Ledger.pipeline(),
                options(fixture, FailurePolicy.SKIP).setStateTables(failing("none"))));
        await(next.awaitEnd());
        await(next.close());
        assertExactWithout(fixture, Set.of());
        assertThat(open).as("tables that are open").hasValue(0);
    }

    @Test
    void a_start_whose_states_cannot_be_put_fails_and_closes_its_tables() {
        checkpointSome();
        fails.set(true);
        assertThatThrownBy(() -> await(fixture.deploy(
                                fixture.open(),
                                Ledger.pipeline(),
                                options(fixture, FailurePolicy.PAUSE).setStateTables(failing("put")))
                        .compose(RunningPipeline::awaitEnd)))
                .hasStackTraceContaining("the place is gone")
                .isNotInstanceOf(StrandlineException.Corrupt.class);
        assertThat(open).as("tables that are open").hasValue(0);
    }
}
