package io.strandline.processing.process;

/**
 * A command of a process that its aggregate has not executed and will not.
 *
 * @param id of the aggregate
 * @param command what it was to do
 * @param reason what {@link io.strandline.processing.aggregate.Decision#reject} was given. A {@link
 *     io.strandline.StrandlineException.Invalid} if the aggregate could not decide the command
 * @param <C> command of the aggregates
 */
public record RejectedCommand<C>(String id, C command, Object reason) {}
