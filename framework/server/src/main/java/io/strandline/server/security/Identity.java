package io.strandline.server.security;

/**
 * Who calls an operation.
 *
 * @param name the name that its credentials proved
 */
public record Identity(String name) {

    /** Whoever calls without credentials. */
    public static final Identity ANONYMOUS = new Identity("anonymous");
}
