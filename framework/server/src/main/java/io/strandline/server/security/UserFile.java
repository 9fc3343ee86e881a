package io.strandline.server.security;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Users, their roles, and hashes of their passwords. Immutable.
 *
 * <pre>
 * # name : roles : hash
 * anna:clerks,operators:pbkdf2-sha512$210000$&lt;salt&gt;$&lt;hash&gt;
 * billing.shop.example:clerks:-
 * </pre>
 *
 * <p>One user a line, at most {@value #MAX_USERS}. Salt and hash are Base64. A {@code -} stands for no password: the user has a certificate
 * or a token. {@code #} begins a comment line.
 */
public final class UserFile {

    public static final int MAX_USERS = 100_000;

    private static final String NO_PASSWORD = "-";
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_@=,+ .-]+");
    private static final Pattern ROLE = Pattern.compile("[\\p{L}\\p{N}_.-]+");

    /**
     * A user.
     *
     * @param password null if there is none
     */
    public record User(
            String name, SortedSet<String> roles, @Nullable PasswordHash password) {}

    private final SortedMap<String, User> users;
    private final List<PasswordHash> hashes;

    private UserFile(SortedMap<String, User> users) {
        this.users = Collections.unmodifiableSortedMap(users);
        List<PasswordHash> found = new ArrayList<>();
        for (User user : users.values()) {
            PasswordHash password = user.password();
            if (password != null) {
                found.add(password);
            }
        }
        this.hashes = found;
    }

    /**
     * Reads users.
     *
     * @throws StrandlineException.Invalid if a line is none, with its number and none of its content
     */
    public static UserFile parse(String text) {
        SortedMap<String, User> users = new TreeMap<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            try {
                User user = user(line.trim());
                if (users.put(user.name(), user) != null) {
                    throw new StrandlineException.Invalid("a second line for one name");
                }
            } catch (StrandlineException.Invalid e) {
                throw new StrandlineException.Invalid("line " + number + ": " + e.getMessage());
            }
        }
        Limits.require("number of users", users.size(), 0, MAX_USERS);
        return new UserFile(users);
    }

    private static User user(String line) {
        String[] parts = line.split(":", -1);
        if (parts.length != 3) {
            throw new StrandlineException.Invalid(parts.length + " parts, it must be NAME:ROLES:HASH");
        }
        return new User(
                name(parts[0]),
                roles(Arrays.asList(parts[1].split(",", -1))),
                parts[2].equals(NO_PASSWORD) ? null : PasswordHash.parse(parts[2]));
    }

    private static String name(String name) {
        if (name.length() > Identity.MAX_NAME_CHARACTERS || !NAME.matcher(name).matches()) {
            throw new StrandlineException.Invalid("the name of a user has 1 to " + Identity.MAX_NAME_CHARACTERS
                    + " letters, digits, spaces or one of _ @ = , + . -");
        }
        if (name.equals(Identity.ANONYMOUS.name())) {
            throw new StrandlineException.Invalid(name + " is the name of callers without credentials");
        }
        return name;
    }

    private static SortedSet<String> roles(Collection<String> names) {
        SortedSet<String> roles = new TreeSet<>();
        for (String role : names) {
            if (role.isEmpty()) {
                continue;
            }
            if (role.length() > Identity.MAX_NAME_CHARACTERS
                    || !ROLE.matcher(role).matches()) {
                throw new StrandlineException.Invalid(
                        "the name of a role has up to 200 letters, digits or one of _ . -");
            }
            roles.add(role);
        }
        return roles;
    }

    /** The users, by their names in ascending order. */
    public SortedMap<String, User> users() {
        return users;
    }

    /**
     * What the password of a name is compared with. For a name that is not there it is the hash of another user, always the same one, so
     * that the comparison takes as long.
     */
    public PasswordHash hashFor(String name) {
        User user = users.get(name);
        PasswordHash own = user == null ? null : user.password();
        if (own != null) {
            return own;
        }
        return hashes.isEmpty() ? PasswordHash.UNKNOWN : hashes.get(Math.floorMod(name.hashCode(), hashes.size()));
    }

    /**
     * The users with one more, or with another password and other roles for one that is there.
     *
     * @param password null for none
     * @throws StrandlineException.Invalid if a name is out of its bounds
     */
    public UserFile with(String name, Collection<String> roles, @Nullable PasswordHash password) {
        SortedMap<String, User> changed = new TreeMap<>(users);
        changed.put(name(name), new User(name, roles(roles), password));
        return new UserFile(changed);
    }

    /** The users without one. */
    public UserFile without(String name) {
        SortedMap<String, User> changed = new TreeMap<>(users);
        changed.remove(name);
        return new UserFile(changed);
    }

    /** What {@link #parse} reads. */
    public String text() {
        StringBuilder text = new StringBuilder("# name : roles : hash\n");
        for (User user : users.values()) {
            PasswordHash password = user.password();
            text.append(user.name())
                    .append(':')
                    .append(String.join(",", user.roles()))
                    .append(':')
                    .append(password == null ? NO_PASSWORD : password.text())
                    .append('\n');
        }
        return text.toString();
    }
}
