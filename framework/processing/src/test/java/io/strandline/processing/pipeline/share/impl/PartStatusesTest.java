package io.strandline.processing.pipeline.share.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.share.PipelineMember.PartStatus;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who listens at a member hears how each part is that runs there, and nothing of those that do not. */
class PartStatusesTest {

    private final PartStatuses statuses = new PartStatuses();
    private final List<PartStatus> heard = new ArrayList<>();
    private boolean isVertxClosed;

    /** Calls what is to run on it at once. */
    private final Context context = proxy(Context.class, (name, argument) -> {
        if (isVertxClosed) {
            throw new RejectedExecutionException("closed");
        }
        call(argument, null);
        return null;
    });

    private interface Call {

        @Nullable
        Object of(String name, Object argument);
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "equals" -> proxy == arguments[0];
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> call.of(method.getName(), arguments == null ? "" : arguments[0]);
                }));
    }

    @SuppressWarnings("unchecked")
    private static void call(Object handler, @Nullable Object argument) {
        ((Handler<@Nullable Object>) handler).handle(argument);
    }

    /** A run that tells each change, and at once how it is, as every run does. */
    private static final class Run {

        private PipelineStatus status = new PipelineStatus(State.RUNNING, null, null);
        private Object handler = (Handler<PipelineStatus>) ignored -> {};

        final RunningPipeline pipeline = proxy(RunningPipeline.class, (name, argument) -> {
            if (name.equals("statusHandler")) {
                handler = argument;
                call(handler, status);
            }
            return status;
        });

        void become(State state) {
            status = new PipelineStatus(state, null, null);
            call(handler, status);
        }
    }

    private Run run(int part) {
        Run run = new Run();
        statuses.watch(part, run.pipeline);
        return run;
    }

    private void listen() {
        heard.clear();
        statuses.tell(context, heard::add);
    }

    private static PartStatus status(int part, State state) {
        return new PartStatus(part, new PipelineStatus(state, null, null));
    }

    @Test
    void who_listens_hears_of_all_parts_at_once_and_of_each_change() {
        run(1).become(State.PAUSED);
        Run zero = run(0);
        listen();
        assertThat(heard).containsExactly(status(0, State.RUNNING), status(1, State.PAUSED));
        heard.clear();
        zero.become(State.FAILED);
        run(2);
        assertThat(heard).containsExactly(status(0, State.FAILED), status(2, State.RUNNING));
    }

    @Test
    void a_part_that_has_stopped_is_told_once() {
        Run zero = run(0);
        listen();
        heard.clear();
        zero.become(State.STOPPED);
        assertThat(heard).containsExactly(status(0, State.STOPPED));
        listen();
        assertThat(heard).isEmpty();
    }

    /** A member gives a part away and takes it back. What ran before may stop only then. */
    @Test
    void a_part_that_runs_again_is_told_although_its_run_before_stops() {
        Run before = run(0);
        run(0);
        before.become(State.STOPPED);
        listen();
        assertThat(heard).containsExactly(status(0, State.RUNNING));
    }

    @Test
    void another_listener_replaces_the_first_and_nobody_may_listen() {
        Run zero = run(0);
        listen();
        List<PartStatus> others = new ArrayList<>();
        statuses.tell(context, others::add);
        heard.clear();
        zero.become(State.PAUSED);
        assertThat(heard).isEmpty();
        assertThat(others).containsExactly(status(0, State.RUNNING), status(0, State.PAUSED));
        statuses.tell(context, null);
        zero.become(State.RUNNING);
        assertThat(others).hasSize(2);
    }

    @Test
    void a_change_after_vertx_has_closed_is_told_nobody_and_fails_nothing() {
        Run zero = run(0);
        listen();
        isVertxClosed = true;
        zero.become(State.STOPPED);
        isVertxClosed = false;
        listen();
        assertThat(heard).isEmpty();
    }
}
