package io.strandline.server.impl.security;

import io.strandline.server.security.UserFile.User;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Passwords that were verified a while ago, as digests under a key that only this object has. So a password is not hashed for each request.
 * Callable from any thread.
 */
final class VerifiedCredentials {

    private record Verified(User user, long sinceNanos) {}

    private final int most;
    private final long longestNanos;
    private final LongSupplier nanoTime;
    private final SecretDigests digests = new SecretDigests();
    private final Map<String, Verified> verified = new ConcurrentHashMap<>();

    VerifiedCredentials(int most, long longestMillis, LongSupplier nanoTime) {
        this.most = most;
        this.longestNanos = TimeUnit.MILLISECONDS.toNanos(longestMillis);
        this.nanoTime = nanoTime;
    }

    /** What stands for a name and a password. */
    String digest(String nameAndPassword) {
        return digests.of(nameAndPassword);
    }

    /**
     * True if these credentials were verified for this user not too long ago.
     *
     * @param user the user as the file has it now. One whose password or roles have changed is another one
     */
    boolean has(String digest, @Nullable User user) {
        Verified known = verified.get(digest);
        if (known == null) {
            return false;
        }
        if (known.user.equals(user) && nanoTime.getAsLong() - known.sinceNanos < longestNanos) {
            return true;
        }
        verified.remove(digest, known);
        return false;
    }

    void add(String digest, User user) {
        if (most == 0) {
            return;
        }
        verified.put(digest, new Verified(user, nanoTime.getAsLong()));
        for (Iterator<String> all = verified.keySet().iterator(); verified.size() > most && all.hasNext(); ) {
            String one = all.next();
            if (!one.equals(digest)) {
                all.remove();
            }
        }
    }

    int size() {
        return verified.size();
    }
}
