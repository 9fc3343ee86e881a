package io.strandline.processing.pipeline.impl.task;

import io.strandline.processing.pipeline.impl.checkpoint.TaskStart;
import io.strandline.processing.pipeline.impl.operator.Operators;

/**
 * What all parts of one task work with. Belongs to the task's context.
 *
 * @param ticks those that it has still to take
 * @param outputs of the steps
 * @param operators which the steps run
 */
record TaskSetting(
        RunSetting run,
        TaskStart start,
        TaskLife life,
        TaskPlace place,
        TaskTicks ticks,
        TaskOutputs outputs,
        Operators operators,
        TaskLoad load) {}
