package io.strandline.command;

import io.strandline.StrandlineException;

/** What the program ends with. Scripts rely on the numbers, so none is given a new meaning. */
public final class ExitCode {

    /** It was done. */
    public static final int DONE = 0;

    /** It was refused or has failed, or a check has found damage. Trying again changes nothing. */
    public static final int FAILED = 1;

    /** The arguments, the configuration or a file that they name are wrong. Trying again changes nothing. */
    public static final int USAGE = 2;

    /** The log cannot be reached or is busy. Nothing has happened, and a later try may succeed. */
    public static final int UNAVAILABLE = 3;

    /** Who calls is not known, or may not do this. */
    public static final int NOT_ALLOWED = 4;

    /** Whether it has happened is not known. */
    public static final int UNKNOWN = 5;

    /** A fault of the program. */
    public static final int FAULT = 70;

    private ExitCode() {}

    /** The code of a failure. */
    static int of(Throwable failure) {
        if (failure instanceof StrandlineException.Unauthorized) {
            return NOT_ALLOWED;
        }
        if (failure instanceof StrandlineException.Invalid) {
            return USAGE;
        }
        if (failure instanceof StrandlineException.Unknown) {
            return UNKNOWN;
        }
        if (failure instanceof StrandlineException.Unavailable
                || failure instanceof StrandlineException.Overloaded
                || failure instanceof StrandlineException.NotOwner) {
            return UNAVAILABLE;
        }
        return failure instanceof StrandlineException ? FAILED : FAULT;
    }
}
