package io.strandline.server.impl.operation;

import io.strandline.StrandlineException;
import io.strandline.client.wire.ErrorCode;
import io.strandline.client.wire.FailureText;
import io.strandline.spi.Logger;

/**
 * What the callers of all doors are told of a failure. The log of the server has what they are not told: the files of this machine, and what other
 * code than Strandline's has thrown. Both have a reference then, by which an operator finds the one from the other.
 *
 * <pre>
 * to the caller   chunk … cannot be read (reference 5f0c21aa in the log of the server)
 * in the log      reference 5f0c21aa: operation readEvents failed, Unavailable: chunk /var/lib/shop/7 cannot be read
 * </pre>
 *
 * <p>A failure that says what is wrong with its request has no reference, unless a file is its cause: what looks like a path there is the caller's own
 * text, which is hidden and not logged. What is logged has each message in one line. Callable from any thread.
 */
public final class ToldFailure {

    private static final Logger LOG = Logger.of(ToldFailure.class);

    private static final FailureReferences REFERENCES = new FailureReferences(System::nanoTime);

    private ToldFailure() {}

    /**
     * A failure as its caller is told. Its kind stays, and what other code threw is Unknown.
     *
     * @param what what failed, with no text of the caller in it
     */
    public static StrandlineException of(Throwable cause, String what) {
        if (cause instanceof Unanswered unanswered) {
            return of(unanswered.why(), what);
        }
        if (!(cause instanceof StrandlineException known)) {
            String reference = REFERENCES.next();
            LOG.error("reference {}: {} failed", reference, what, LoggedFailure.of(cause));
            return new StrandlineException.Unknown("the server failed in " + what + named(reference));
        }
        if (!FailureText.isOfFile(known) || isOfRequest(known)) {
            return known;
        }
        FailureReferences.Reference reference = REFERENCES.of(String.valueOf(known));
        if (reference.isNew()) {
            LOG.warn("reference {}: {} failed", reference.text(), what, LoggedFailure.of(known));
        }
        return ErrorCode.of(known).failure(FailureText.of(known, named(reference.text())));
    }

    private static String named(String reference) {
        return " (reference " + reference + " in the log of the server)";
    }

    private static boolean isOfRequest(StrandlineException failure) {
        boolean isOfMachine = failure instanceof StrandlineException.Corrupt
                || failure instanceof StrandlineException.Unavailable
                || failure instanceof StrandlineException.Unknown;
        return !isOfMachine && !FailureText.isCausedByFile(failure);
    }
}
