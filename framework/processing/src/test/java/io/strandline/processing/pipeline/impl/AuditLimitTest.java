package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static io.strandline.processing.pipeline.impl.PipelineFixture.awaitTrue;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineAudit;
import io.strandline.processing.pipeline.PipelineAudit.Difference;
import io.strandline.processing.pipeline.PipelineAudit.Kind;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.PipelineStatus.State;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** An audit does the steps between its two checkpoints and no other, at the rate that the options say. */
class AuditLimitTest extends OnPipelineFixture {

    private PipelineOptions options() {
        return fixture.options().setAuditStepsPerSecond(100_000_000).setRetainedCheckpoints(100);
    }

    /** Appends one event per account, at a time. */
    private void appendAll(String writer, int accounts, long time) {
        List<String> events = new ArrayList<>();
        for (int i = 0; i < accounts; i++) {
            events.add("account-" + i + " " + time);
        }
        Ledger.append(log, Ledger.SOURCE, writer, events);
    }

    private static Events<String> timed() {
        return Pipeline.named("ledger", 1)
                .from(Ledger.SOURCE, TextCodec.STRING)
                .eventTime(event -> Long.parseLong(event.substring(event.indexOf(' ') + 1)), Duration.ZERO);
    }

    /** Six windows end after one event, and the checkpoint is taken when three results were passed on. */
    @Test
    void an_audit_ends_at_the_step_of_the_checkpoint_and_not_at_the_next_event() {
        Ledger.createStreams(log, 1);
        AtomicBoolean fails = new AtomicBoolean(true);
        Pipeline pipeline = timed().keyBy(Ledger::account)
                .window(Windows.tumbling(Duration.ofMillis(50)))
                .count("counts")
                .map(window -> {
                    if (window.key().equals("account-3") && fails.get()) {
                        throw new IllegalStateException("not yet");
                    }
                    return window.key() + " " + window.value();
                })
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running =
                await(fixture.deploy(strandline, pipeline, options().setMaxAttempts(1)));
        await(running.checkpoint("from"));
        appendAll("first", 6, 20);
        appendAll("second", 1, 500);
        awaitTrue(strandline, "a failure", () -> running.status().state() == State.FAILED);
        await(running.checkpoint("to"));
        fails.set(false);
        await(running.resume());
        await(running.awaitEnd());
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        assertThat(audit.steps()).as("7 events and 3 results").isEqualTo(10);
        await(running.close());
    }

    /** The steps were more than they are in the audit, so their number does not end it. */
    @Test
    void an_audit_takes_no_event_after_the_checkpoint() {
        Ledger.createStreams(log, 1);
        AtomicBoolean isAudit = new AtomicBoolean();
        Set<String> audited = ConcurrentHashMap.newKeySet();
        Pipeline pipeline = timed().keyBy(Ledger::account)
                .<Ledger.Balance, String>process(
                        "timers",
                        Ledger.BALANCES,
                        account -> new Ledger.Balance(0, 0),
                        (before, event, at) -> {
                            if (isAudit.get()) {
                                audited.add(event);
                            } else {
                                at.setTimer(at.time());
                            }
                            return before.plus(event);
                        },
                        (before, at) -> before)
                .to(Ledger.SINK, TextCodec.STRING)
                .build();
        RunningPipeline running = await(fixture.deploy(fixture.open(), pipeline, options()));
        await(running.checkpoint("from"));
        appendAll("before", 10, 20);
        await(running.awaitEnd());
        await(running.checkpoint("to"));
        appendAll("after", 30, 30);
        await(running.awaitEnd());
        isAudit.set(true);
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences())
                .filteredOn(difference -> difference.kind() == Kind.POSITION)
                .extracting(Difference::detail)
                .containsExactly("the checkpoint is at offset 10, step 20, and the audit at offset 10, step 10");
        assertThat(audited).hasSize(10).allMatch(event -> event.endsWith(" 20"));
        await(running.close());
    }

    /** The end of a sealed partition is a step if a stage follows. The checkpoint was taken before it. */
    @Test
    void an_audit_ends_before_the_end_of_a_partition_that_the_checkpoint_had_not_told() {
        Buckets.createStreams(log, 2);
        MemoryStrandline strandline = fixture.open();
        RunningPipeline running = await(fixture.deploy(strandline, Buckets.pipeline(), options()));
        await(running.checkpoint("from"));
        fixture.deposit();
        await(running.awaitEnd());
        await(running.pause());
        Scalings.split(log, Ledger.SOURCE, 0, 0);
        await(running.checkpoint("to"));
        await(running.resume());
        await(running.awaitEnd());
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(audit.differences()).isEmpty();
        await(running.close());
    }

    /** Its first two steps are done at once, and then two every 100 ms. */
    @Test
    void an_audit_does_no_more_steps_in_a_second_than_it_may() {
        Ledger.createStreams(log, 1);
        RunningPipeline running = await(
                fixture.deploy(fixture.open(), Ledger.pipeline(), options().setAuditStepsPerSecond(20)));
        await(running.checkpoint("from"));
        appendAll("ten", 10, 20);
        await(running.awaitEnd());
        await(running.checkpoint("to"));
        long began = System.nanoTime();
        PipelineAudit audit = await(running.audit("from", "to"));
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isGreaterThan(350);
        assertThat(audit.steps()).isEqualTo(10);
        assertThat(audit.differences()).isEmpty();
        await(running.close());
    }
}
