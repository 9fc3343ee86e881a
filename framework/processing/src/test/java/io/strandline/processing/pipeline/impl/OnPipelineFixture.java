package io.strandline.processing.pipeline.impl;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Each test has a log without streams, and a directory for snapshots. */
abstract class OnPipelineFixture {

    PipelineFixture fixture = new PipelineFixture(Path.of("."));
    MemoryLog log = fixture.log;

    @BeforeEach
    final void open(@TempDir Path directory) {
        fixture = new PipelineFixture(directory);
        log = fixture.log;
    }

    @AfterEach
    final void close() {
        fixture.close();
    }
}
