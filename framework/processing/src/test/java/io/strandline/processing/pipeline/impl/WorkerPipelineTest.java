package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.RunningPipeline;
import io.vertx.core.Context;
import io.vertx.core.ThreadingModel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps that block, on worker threads. */
class WorkerPipelineTest {

    private static final int PARTITIONS = 3;

    private PipelineFixture fixture = new PipelineFixture(Path.of("."));
    private MemoryLog log = fixture.log;

    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void open(@TempDir Path directory) {
        fixture = new PipelineFixture(directory);
        log = fixture.log;
        Buckets.createStreams(log, PARTITIONS);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private String seen(String deposit) {
        assertThat(Context.isOnWorkerThread()).isTrue();
        threads.add(Thread.currentThread());
        return deposit;
    }

    private RunningPipeline deploy(MemoryStrandline strandline, Runnable blocks) {
        return await(fixture.deploy(
                strandline,
                Buckets.pipeline(
                        deposit -> {
                            blocks.run();
                            return seen(deposit);
                        },
                        this::seen),
                fixture.options().setThreadingModel(ThreadingModel.WORKER)));
    }

    @Test
    void steps_of_several_partitions_block_at_once_and_nothing_else_waits_for_them() throws Exception {
        MemoryStrandline strandline = fixture.open();
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        CountDownLatch released = new CountDownLatch(1);
        CyclicBarrier allThree = new CyclicBarrier(PARTITIONS, released::countDown);
        RunningPipeline running = deploy(strandline, () -> {
            if (released.getCount() > 0) {
                awaitAll(allThree);
            }
        });
        assertThat(released.await(60, TimeUnit.SECONDS)).isTrue();
        await(running.awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE);
        assertThat(threads.size()).isGreaterThanOrEqualTo(PARTITIONS);
        await(running.close());
    }

    @Test
    void what_feeds_a_stage_whose_step_blocks_waits() throws Exception {
        MemoryStrandline strandline = fixture.open();
        CountDownLatch blocked = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        RunningPipeline running = await(fixture.deploy(
                strandline,
                Buckets.pipeline(deposit -> deposit, bucket -> {
                    blocked.countDown();
                    awaitRelease(released);
                }),
                fixture.options().setThreadingModel(ThreadingModel.WORKER).setMaxShuffleLag(50)));
        AtomicInteger deposits = new AtomicInteger();
        Ledger.deposit(log, Buckets.SOURCE, 20, deposits.incrementAndGet());
        assertThat(blocked.await(60, TimeUnit.SECONDS)).isTrue();
        awaitTrue(strandline, "a brake", () -> {
            Ledger.deposit(log, Buckets.SOURCE, 20, deposits.incrementAndGet());
            return stands(running);
        });
        released.countDown();
        await(running.awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE);
    }

    /** Whether the tasks that read the source do not, although there are events. Each look goes through all of them. */
    private boolean stands(RunningPipeline running) {
        StreamCut at = await(running.position(Buckets.SOURCE));
        for (int look = 0; look < 50; look++) {
            if (at.equals(log.endCut(Buckets.SOURCE))
                    || !await(running.position(Buckets.SOURCE)).equals(at)) {
                return false;
            }
        }
        return true;
    }

    private static void awaitRelease(CountDownLatch released) {
        try {
            released.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void virtual_threads_are_refused() {
        assertThatThrownBy(() -> new PipelineOptions()
                        .setThreadingModel(ThreadingModel.VIRTUAL_THREAD)
                        .validate())
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessage("threadingModel is virtual_thread, it must be event_loop or worker");
    }

    private static void awaitAll(CyclicBarrier barrier) {
        try {
            barrier.await(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException("the steps of three partitions do not run at once", e);
        }
    }

    @Test
    void tasks_that_take_over_after_a_scaling_run_there_too_and_a_crash_loses_nothing() {
        MemoryStrandline strandline = fixture.open();
        Ledger.deposit(log, Buckets.SOURCE, 200, 1);
        RunningPipeline running = deploy(strandline, () -> {});
        await(running.awaitEnd());
        Scalings.split(log, Buckets.SOURCE, 0, 0);
        Ledger.deposit(log, Buckets.SOURCE, 200, 2);
        await(running.awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE);
        Ledger.deposit(log, Buckets.SOURCE, 200, 3);
        fixture.crash(strandline);

        await(deploy(fixture.open(), () -> {}).awaitEnd());
        Buckets.assertExact(log, Buckets.SOURCE);
        assertThat(threads).isNotEmpty();
    }
}
