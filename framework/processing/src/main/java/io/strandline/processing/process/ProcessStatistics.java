package io.strandline.processing.process;

/**
 * What the instances of one {@link Processes} have done since it was opened.
 *
 * @param commandsUnderWay commands and timers that are being sent or answered now
 * @param openCommands commands that are stored and not answered
 * @param pendingTimers timers that are set
 * @param accepted commands that were executed
 * @param rejected commands that were rejected
 * @param foundExecuted accepted commands that an earlier attempt had executed, as the history of their aggregate said
 * @param fired timers that have fired
 * @param putAside timers and answers that could not be reacted to and wait for the next opening
 * @param stepsRead reactions that the opening has read to know what is open
 */
public record ProcessStatistics(
        long commandsUnderWay,
        long openCommands,
        long pendingTimers,
        long accepted,
        long rejected,
        long foundExecuted,
        long fired,
        long putAside,
        long stepsRead) {}
