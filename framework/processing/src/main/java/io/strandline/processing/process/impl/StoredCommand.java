package io.strandline.processing.process.impl;

/**
 * A command that an instance has decided to send.
 *
 * @param number of the instance, never used again. With the process and its key it makes the id of the command
 * @param target name of the aggregates
 * @param id of the aggregate
 * @param command what it is to do
 */
record StoredCommand(long number, String target, String id, Encoded command) {

    void write(StoredOutput out) {
        out.number(number);
        out.text(target);
        out.text(id);
        command.write(out);
    }

    static StoredCommand read(StoredInput in) {
        return new StoredCommand(in.number(), in.text(), in.text(), Encoded.read(in));
    }
}
