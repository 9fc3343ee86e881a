package io.strandline.server.impl.operation;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.ExposedRequests.PinnedCheckpoint;
import io.strandline.client.operation.ExposedRequests.SwitchPipeline;
import io.strandline.processing.pipeline.PipelineStatus;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.Exposed;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What doors do with pipelines while the application does something too. */
class PipelineCallsTest {

    private final StrandlineException late = new StrandlineException.Unavailable("it lags behind");

    private final Exposed exposed = new Exposed();
    private final PipelineCalls calls = new PipelineCalls(
            exposed,
            new ReplayedEvents(proxy(Strandline.class, (proxy, method, arguments) -> Future.failedFuture(late))));

    /** What a switch of the pipeline waits for, and its bound. */
    private final Promise<Object> switched = Promise.promise();

    private volatile long maxCatchUpMillis;

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private RunningPipeline running(PipelineStatus.State state) {
        return proxy(RunningPipeline.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "status" -> new PipelineStatus(state, null, null);
            case "switchTo" -> {
                maxCatchUpMillis = (Long) arguments[1];
                yield switched.future();
            }
            case "pause", "resume", "close" -> Future.succeededFuture();
            case "describe" -> Future.failedFuture(late);
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            default -> method.getName();
        });
    }

    private void requireConflict(Future<?> refused) {
        assertThat(refused.cause())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("is being restored, switched or dropped");
    }

    @Test
    void neither_version_is_paused_or_resumed_while_one_is_switched_to_the_other() {
        for (String name : List.of("totals", "totals-2", "others")) {
            exposed.pipeline(name, running(PipelineStatus.State.RUNNING));
        }
        Future<?> first = calls.switchTo(new SwitchPipeline("totals", "totals-2"));
        for (String name : List.of("totals", "totals-2")) {
            requireConflict(calls.pause(name));
            requireConflict(calls.resume(name));
        }
        assertThat(calls.pause("others").succeeded()).isTrue();
        assertThat(calls.resume("others").succeeded()).isTrue();
        assertThat(maxCatchUpMillis).isEqualTo(PipelineCalls.MAX_CATCH_UP_MILLIS);
        switched.fail(late);
        assertThat(first.cause()).isSameAs(late);
        assertThat(calls.pause("totals-2").succeeded()).isTrue();
        assertThat(calls.resume("totals").succeeded()).isTrue();
    }

    @Test
    void a_drop_hides_no_other_run_of_the_name() {
        RunningPipeline next = running(PipelineStatus.State.RUNNING);
        Promise<Void> dropping = Promise.promise();
        exposed.pipeline(
                "totals",
                running(PipelineStatus.State.STOPPED),
                checkpoint -> Future.failedFuture(late),
                dropping::future);
        Future<Void> dropped = calls.drop("totals");
        exposed.pipeline("totals", next);
        dropping.complete();
        assertThat(dropped.succeeded()).isTrue();
        assertThat(exposed.pipelines()).isEqualTo(Map.of("totals", next));
    }

    @Test
    void a_pipeline_that_is_dropped_is_not_found_any_more() {
        exposed.pipeline(
                "totals",
                running(PipelineStatus.State.STOPPED),
                checkpoint -> Future.failedFuture(late),
                Future::succeededFuture);
        assertThat(calls.drop("totals").succeeded()).isTrue();
        assertThat(exposed.pipelines()).isEmpty();
    }

    @Test
    void a_restore_hides_no_other_run_of_the_name() {
        RunningPipeline next = running(PipelineStatus.State.RUNNING);
        Promise<RunningPipeline> starting = Promise.promise();
        exposed.pipeline("totals", running(PipelineStatus.State.STOPPED), checkpoint -> starting.future());
        Future<?> restored = calls.restore(new PinnedCheckpoint("totals", "monday"));
        exposed.pipeline("totals", next);
        starting.complete(running(PipelineStatus.State.RUNNING));
        assertThat(restored.cause()).isSameAs(late); // of its description
        assertThat(exposed.pipelines()).isEqualTo(Map.of("totals", next));
    }

    @Test
    void a_pipeline_that_is_restored_takes_the_place_of_the_run_before() {
        RunningPipeline after = running(PipelineStatus.State.RUNNING);
        exposed.pipeline("totals", running(PipelineStatus.State.STOPPED), checkpoint -> Future.succeededFuture(after));
        calls.restore(new PinnedCheckpoint("totals", "monday"));
        assertThat(exposed.pipelines()).isEqualTo(Map.of("totals", after));
    }
}
