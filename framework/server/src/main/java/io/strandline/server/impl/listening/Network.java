package io.strandline.server.impl.listening;

/**
 * What one client cannot easily change of its address: of an IPv6 address the first 64 bits, which one subscriber usually has, and of another
 * one all of it.
 *
 * @param prefix those bits as text, or the whole address
 */
public record Network(String prefix) {

    /** Groups of an IPv6 address that one subscriber usually has. */
    private static final int GROUPS = 4;

    /** The network of an address that is written in numbers. */
    public static Network of(String address) {
        int at = 0;
        for (int groups = 0; groups < GROUPS; groups++) {
            at = address.indexOf(':', at) + 1;
            if (at == 0 || address.startsWith(":", at)) {
                return new Network(address); // no IPv6 address, or one whose short form hides the rest
            }
        }
        return new Network(address.substring(0, at));
    }
}
