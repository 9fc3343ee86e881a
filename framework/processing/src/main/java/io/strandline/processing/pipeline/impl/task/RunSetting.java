package io.strandline.processing.pipeline.impl.task;

import io.strandline.Strandline;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.vertx.core.Vertx;

/**
 * What all parts of one run of a pipeline work with.
 *
 * @param options checked, and changed by nobody
 */
public record RunSetting(Vertx vertx, Strandline log, Pipeline pipeline, PipelineOptions options) {}
