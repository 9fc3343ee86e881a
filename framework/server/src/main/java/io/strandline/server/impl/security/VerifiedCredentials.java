package io.strandline.server.impl.security;

import io.strandline.server.security.UserFile.User;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Passwords that were verified a while ago, as digests under a key that only this object has. So a password is not hashed for each request.
 * Callable from any thread.
 */
final class VerifiedCredentials {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;

    private record Verified(User user, long sinceNanos) {}

    private final int most;
    private final long longestNanos;
    private final LongSupplier nanoTime;
    private final SecretKeySpec key;
    private final Map<String, Verified> verified = new ConcurrentHashMap<>();

    VerifiedCredentials(int most, long longestMillis, LongSupplier nanoTime) {
        this.most = most;
        this.longestNanos = TimeUnit.MILLISECONDS.toNanos(longestMillis);
        this.nanoTime = nanoTime;
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, ALGORITHM);
    }

    /** What stands for a name and a password. */
    String digest(String nameAndPassword) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return Base64.getEncoder().encodeToString(mac.doFinal(nameAndPassword.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
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
