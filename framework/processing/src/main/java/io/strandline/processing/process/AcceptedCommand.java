package io.strandline.processing.process;

/**
 * A command of a process that its aggregate has executed, once.
 *
 * @param id of the aggregate
 * @param command what it has done
 * @param <C> command of the aggregates
 */
public record AcceptedCommand<C>(String id, C command) {}
