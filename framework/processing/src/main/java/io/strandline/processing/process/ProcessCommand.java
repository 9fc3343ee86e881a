package io.strandline.processing.process;

import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.processing.aggregate.Aggregate;

/**
 * A command that a process sends.
 *
 * @param target which kind of aggregates
 * @param id which of them
 * @param command what it is to do
 * @param <C> command of the aggregates
 */
public record ProcessCommand<C>(CommandTarget<C> target, String id, C command) {

    /**
     * Checks the parts.
     *
     * @throws StrandlineException.Invalid if one is null, or the id is none that an aggregate can have
     */
    public ProcessCommand {
        if (target == null || command == null) {
            throw new StrandlineException.Invalid(
                    "a command for target " + target + ", id " + id + ", is " + command + ", neither may be null");
        }
        Utf8.require("id of a command for " + target, id, Aggregate.MAX_ID_LENGTH);
        if (id.indexOf('/') >= 0) {
            throw new StrandlineException.Invalid(
                    "id of a command for " + target + " is \"" + Utf8.shown(id) + "\", it must have no slash");
        }
    }

    @Override
    public String toString() {
        return target + " " + id + " " + command;
    }
}
