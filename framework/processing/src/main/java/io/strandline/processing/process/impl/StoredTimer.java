package io.strandline.processing.process.impl;

/**
 * A timer that is set.
 *
 * @param name of the timer
 * @param number of the instance, never used again: it tells a timer from an earlier one of its name
 * @param dueMillis when it fires, in milliseconds since 1970, 0 or more
 * @param timer what the process reacts to
 */
record StoredTimer(String name, long number, long dueMillis, Encoded timer) {

    void write(StoredOutput out) {
        out.text(name);
        out.number(number);
        out.number(dueMillis);
        timer.write(out);
    }

    static StoredTimer read(StoredInput in) {
        return new StoredTimer(in.text(), in.number(), in.number(), Encoded.read(in));
    }
}
