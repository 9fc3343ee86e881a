package io.strandline.testkit;

/**
 * The power is cut. Thrown by every operation on a {@link SimulatedDisk} from the crash on: the process that made the
 * call no longer exists, so whatever it still does is to be ignored.
 */
public final class SimulatedCrash extends Error {

    private static final long serialVersionUID = 1L;

    SimulatedCrash(String message) {
        super(message, null, false, false);
    }
}
