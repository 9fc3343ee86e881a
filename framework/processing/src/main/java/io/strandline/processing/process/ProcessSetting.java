package io.strandline.processing.process;

import io.strandline.Strandline;

/**
 * What a process is run with, see {@link Processes#open}.
 *
 * @param log its log
 * @param process what it does
 * @param targets the aggregates that it sends commands to
 * @param options its options
 * @param clock its time
 */
public record ProcessSetting<S>(
        Strandline log, Process<S> process, ProcessTargets targets, ProcessOptions options, ProcessClock clock) {}
