package io.strandline.processing.pipeline.impl;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;

import io.strandline.processing.pipeline.RunningPipeline;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;

/** Each test has the streams of the versions of a pipeline of several stages, and none of its versions runs. */
abstract class OnStagedVersions extends OnPipelineFixture {

    StagedVersions versions = new StagedVersions(fixture);

    /** What version 1 had counted at its checkpoint "monday". */
    Set<String> monday = Set.of();

    @BeforeEach
    void createStreams() {
        versions = new StagedVersions(fixture);
        versions.createStreams();
    }

    /** Version 1 with a checkpoint "monday", within windows, and events after it. */
    RunningPipeline runFirst(MemoryStrandline process) {
        RunningPipeline first = await(versions.deploy(process, 1));
        versions.append(33);
        await(first.awaitEnd());
        monday = versions.counted(1);
        await(first.checkpoint("monday"));
        versions.append(30);
        return first;
    }
}
