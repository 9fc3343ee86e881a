package io.strandline.processing.pipeline.share.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.CheckpointStatistics;
import io.strandline.processing.pipeline.CheckpointStatistics.Pauses;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A part begins only when nobody else may have it, begins again after what may pass, and ends whatever it was about to do. */
class PartRunTest {

    private static final Pipeline PART = Pipeline.named("counts", 1)
            .from("shop/orders", EventCodec.raw())
            .to("shop/copies", EventCodec.raw())
            .build();

    private final Deque<Promise<RunningPipeline>> deployments = new ArrayDeque<>();
    private final Deque<Runnable> later = new ArrayDeque<>();
    private final Deque<Promise<Void>> questions = new ArrayDeque<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final List<String> closed = new ArrayList<>();
    private boolean isLate;
    private int deployed;
    private long nanos;
    /** Checkpoints that each run takes. */
    private long checkpoints;

    private final PartRun run = new PartRun(PART, new PartRun.Surroundings() {

        @Override
        public Future<RunningPipeline> deploy(Pipeline part) {
            deployed++;
            deployments.add(Promise.promise());
            return deployments.getLast().future();
        }

        @Override
        public boolean isLate() {
            return isLate;
        }

        @Override
        public Future<Void> refresh() {
            questions.add(Promise.promise());
            return questions.getLast().future();
        }

        @Override
        public void later(long millis, Runnable task) {
            later.add(task);
        }

        @Override
        public long nanoTime() {
            return nanos;
        }

        @Override
        public void run(Runnable task) {
            task.run();
        }

        @Override
        public void failed(Pipeline part, Throwable cause) {
            failures.add(cause);
        }
    });

    /** A run that ends when it is told to, or when it is closed. */
    private RunningPipeline running(Promise<Void> ended) {
        return (RunningPipeline) Proxy.newProxyInstance(
                RunningPipeline.class.getClassLoader(),
                new Class<?>[] {RunningPipeline.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "ended" -> ended.future();
                    case "statistics" -> new CheckpointStatistics(checkpoints, null, 0, 0, 0, Pauses.NONE, null, 0);
                    case "close" -> {
                        closed.add("closed");
                        ended.tryComplete();
                        yield ended.future();
                    }
                    default -> "a run";
                });
    }

    private void begin() {
        run.begin(Future.succeededFuture());
    }

    private void begun(Promise<Void> ended) {
        deployments.remove().complete(running(ended));
    }

    @Test
    void waits_for_the_run_before_it() {
        Promise<Void> before = Promise.promise();
        run.begin(before.future());
        assertThat(deployed).isZero();
        before.complete();
        assertThat(deployed).isOne();
    }

    @Test
    void begins_nothing_while_the_others_may_not_hear_this_member() {
        isLate = true;
        begin();
        later.remove().run();
        assertThat(deployed).isZero();
        isLate = false;
        later.remove().run();
        assertThat(deployed).isOne();
        Promise<Void> ended = Promise.promise();
        begun(ended);
        assertThat(run.running()).isNotNull();
    }

    @Test
    void asks_what_the_members_agree_on_before_it_begins_again() {
        begin();
        Promise<Void> ended = Promise.promise();
        begun(ended);
        ended.fail(new StrandlineException.Fenced("another one has begun"));
        assertThat(run.running()).isNull();
        later.remove().run();
        assertThat(deployed).isOne();
        questions.remove().fail(new StrandlineException.Unavailable("nobody is there"));
        later.remove().run();
        assertThat(deployed).isOne();
        questions.remove().complete();
        assertThat(deployed).isEqualTo(2);
        assertThat(failures).isEmpty();
    }

    private static List<StrandlineException> missing() {
        return List.of(
                new StrandlineException.Truncated("the source begins at 100"),
                new StrandlineException.NotFound("no file"),
                new StrandlineException.Corrupt("a snapshot ends too early"));
    }

    /** It stalled, and another member has the part, which removed what this one had still to read. */
    @ParameterizedTest
    @MethodSource("missing")
    void asks_what_the_members_agree_on_when_something_is_gone_while_it_ran(StrandlineException gone) {
        begin();
        Promise<Void> ended = Promise.promise();
        begun(ended);
        ended.fail(gone);
        assertThat(failures).isEmpty();
        later.remove().run();
        Future<Void> over = run.end();
        questions.remove().complete();
        assertThat(deployed).isOne();
        assertThat(over.succeeded()).isTrue();
    }

    private void missAfter(long seconds) {
        Promise<Void> ended = Promise.promise();
        begun(ended);
        nanos += seconds * 1_000_000_000;
        ended.fail(missing().get(0));
    }

    private void beginAgain() {
        later.remove().run();
        questions.remove().complete();
    }

    @Test
    void tells_what_is_gone_if_it_is_gone_right_after_the_question_too() {
        begin();
        missAfter(100);
        beginAgain();
        missAfter(9);
        assertThat(failures).hasSize(1);
        assertThat(later).isEmpty();
    }

    @Test
    void asks_again_if_the_run_has_lasted_and_taken_a_checkpoint() {
        checkpoints = 1;
        begin();
        for (int runs = 1; runs <= 3; runs++) {
            missAfter(11);
            beginAgain();
        }
        assertThat(deployed).isEqualTo(4);
        assertThat(failures).isEmpty();
    }

    /** Each run takes as long until it comes to the place, from which it gets no further. */
    @Test
    void tells_what_is_gone_if_the_runs_lasted_without_a_checkpoint() {
        begin();
        missAfter(11);
        beginAgain();
        missAfter(11);
        assertThat(failures).hasSize(1);
        assertThat(later).isEmpty();
    }

    @Test
    void what_is_gone_when_it_begins_is_told() {
        begin();
        deployments.remove().fail(missing().get(0));
        assertThat(failures).hasSize(1);
        assertThat(later).isEmpty();
    }

    @Test
    void begins_nothing_when_the_answer_is_that_another_member_has_the_part() {
        begin();
        deployments.remove().fail(new StrandlineException.Unavailable("the store is away"));
        later.remove().run();
        Future<Void> over = run.end();
        questions.remove().complete();
        assertThat(deployed).isOne();
        assertThat(over.succeeded()).isTrue();
    }

    @Test
    void a_run_that_begins_when_it_is_over_is_closed() {
        begin();
        Future<Void> over = run.end();
        assertThat(over.isComplete()).isFalse();
        begun(Promise.promise());
        assertThat(closed).hasSize(1);
        assertThat(over.succeeded()).isTrue();
        assertThat(later).isEmpty();
    }

    @Test
    void a_start_that_fails_when_it_is_over_ends_it() {
        begin();
        Future<Void> over = run.end();
        deployments.remove().fail(new StrandlineException.Invalid("no"));
        assertThat(over.succeeded()).isTrue();
        assertThat(failures).isEmpty();
    }

    @Test
    void a_run_that_an_application_closes_begins_again() {
        begin();
        Promise<Void> ended = Promise.promise();
        begun(ended);
        ended.complete();
        later.remove().run();
        questions.remove().complete();
        assertThat(deployed).isEqualTo(2);
    }

    @Test
    void what_does_not_pass_is_told() {
        begin();
        Throwable cause = new StrandlineException.Conflict("it is not deterministic");
        deployments.remove().fail(cause);
        assertThat(failures).containsExactly(cause);
        assertThat(later).isEmpty();
    }

    @Test
    void the_end_takes_a_last_checkpoint() {
        begin();
        Promise<Void> ended = Promise.promise();
        begun(ended);
        assertThat(run.end().succeeded()).isTrue();
        run.end();
        assertThat(closed).hasSize(1);
        assertThat(deployed).isOne();
    }
}
