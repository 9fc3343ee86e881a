package io.strandline.processing.pipeline.impl;

import io.strandline.processing.pipeline.impl.checkpoint.CheckpointStream;
import io.strandline.processing.pipeline.impl.checkpoint.TickLog;
import io.strandline.processing.pipeline.impl.handover.Handover;
import io.strandline.processing.pipeline.impl.handover.TaskDeployment;
import io.strandline.processing.pipeline.impl.task.RunSetting;

/**
 * The parts of a run of a stage, when its beginning is recorded.
 *
 * @param stream takes what a later run needs to know
 * @param ticks those that the tasks have still to take, and those that are made
 * @param ticker tells the tasks the time
 * @param deployment deploys the tasks
 * @param handover begins the tasks of partitions that take over
 * @param taker takes the checkpoints
 * @param audits compare them with what the steps give again
 */
record StageRun(
        RunSetting setting,
        CheckpointStream stream,
        TickLog ticks,
        Ticker ticker,
        TaskDeployment deployment,
        Handover handover,
        CheckpointTaker taker,
        StageAudits audits) {}
