package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;

import io.strandline.processing.pipeline.RunningPipeline;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;

/** Each test has a log with the streams of a pipeline that is corrected. */
abstract class OnCorrections extends OnPipelineFixture {

    Corrections corrections = new Corrections(fixture);
    /** What version 1 had given at its checkpoint "monday". */
    Map<String, List<String>> monday = Map.of();

    @BeforeEach
    final void createStreams() {
        corrections = new Corrections(fixture);
        corrections.createStreams();
    }

    /** Version 1 with a checkpoint "monday", and events after it that it may not have processed yet. */
    final RunningPipeline runFirst(MemoryStrandline process) {
        RunningPipeline first = await(corrections.deploy(process, 1));
        fixture.deposit();
        await(first.awaitEnd());
        monday = Ledger.expectedOutputs(log);
        await(first.checkpoint("monday"));
        fixture.deposit();
        return first;
    }

    /** As {@link #runFirst}, and it has processed them. */
    final RunningPipeline runFirstToTheEnd(MemoryStrandline process) {
        RunningPipeline first = runFirst(process);
        await(first.awaitEnd());
        return first;
    }
}
