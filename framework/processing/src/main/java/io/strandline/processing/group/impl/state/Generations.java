package io.strandline.processing.group.impl.state;

/**
 * The numbers of a group's generations. A generation begins with a reset or with the deletion.
 *
 * <pre>
 *  63 .. 30   how often the group was reset or deleted
 *  29 ..  0   the attempt to reset it, at random: 0 if nothing was noted for it before
 * </pre>
 *
 * <p>Each attempt to reset a group has a number of its own, because retention hears of it before it is decided. So what is
 * noted for an attempt that comes to nothing is never taken for a note of another one.
 */
final class Generations {

    private static final int ATTEMPT_BITS = 30;
    private static final long ATTEMPTS = 1L << ATTEMPT_BITS;

    private Generations() {}

    /** The generation after another one that was not announced to anybody. */
    static long next(long generation) {
        return ((generation >>> ATTEMPT_BITS) + 1) << ATTEMPT_BITS;
    }

    /**
     * The generation of one attempt to reset a group.
     *
     * @param generation the one that ends if the attempt succeeds
     * @param salt a random number, 0 or more
     */
    static long attempt(long generation, long salt) {
        return next(generation) + 1 + salt % (ATTEMPTS - 1);
    }

    /** Whether a group that is in one generation may still come to another one by an attempt that has begun. */
    static boolean mayCome(long generation, long now) {
        return generation >>> ATTEMPT_BITS == (now >>> ATTEMPT_BITS) + 1;
    }
}
