package io.strandline.server.security;

import io.strandline.Utf8;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who calls, as an {@link Authenticator} has found out.
 *
 * @param name its name, up to {@value #MAX_NAME_CHARACTERS} characters
 * @param roles its roles, in ascending order
 * @param expiresAtMillis when its credentials expire, in milliseconds since 1970. {@link #NEVER} if they do not
 * @param limits what it may do at most, whatever the rules permit it. Empty if nothing but the rules limits it
 * @param proof what its authenticator wants to know later, in {@link Authenticator#isCurrent}. No secret
 * @param from where it called from: door and address, such as {@code tcp 10.0.0.7}. Set by the server, empty before
 */
public record Identity(
        String name,
        SortedSet<String> roles,
        long expiresAtMillis,
        Optional<List<Grant>> limits,
        String proof,
        String from) {

    public static final int MAX_NAME_CHARACTERS = 200;

    /** Credentials that do not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final String ANONYMOUS_NAME = "anonymous";

    /** Who has shown no credentials. May do everything on a log without {@link Security}, and nothing on another one. */
    public static final Identity ANONYMOUS =
            new Identity(ANONYMOUS_NAME, Collections.emptySortedSet(), NEVER, Optional.empty(), "", "");

    /**
     * Checks the parts.
     *
     * @throws io.strandline.StrandlineException.Invalid if the name is empty or too long
     */
    public Identity {
        Utf8.require("name of an identity", name, MAX_NAME_CHARACTERS);
        roles = Collections.unmodifiableSortedSet(new TreeSet<>(roles));
        limits = limits.map(List::copyOf);
    }

    /** An identity whose credentials do not expire, and that only the rules limit. */
    public static Identity of(String name, Collection<String> roles) {
        return new Identity(name, new TreeSet<>(roles), NEVER, Optional.empty(), "", "");
    }

    /** True if its credentials have expired at a time, in milliseconds since 1970. */
    public boolean isExpired(long nowMillis) {
        return nowMillis >= expiresAtMillis;
    }

    /** The same identity, calling from somewhere. */
    public Identity from(String door) {
        return new Identity(name, roles, expiresAtMillis, limits, proof, door);
    }

    /** True for who has shown no credentials. */
    public boolean isAnonymous() {
        return name.equals(ANONYMOUS_NAME);
    }

    /** The name alone: it is shown in messages. */
    @Override
    public String toString() {
        return name;
    }
}
