package io.strandline.server.security;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A hash of a password: PBKDF2 with HMAC-SHA512, a salt of its own and a number of iterations. Making and comparing one takes about a tenth
 * of a second of a processor, so neither belongs on an event loop.
 */
@SuppressWarnings("ArrayRecordComponent") // compared by their content, see equals
public record PasswordHash(int iterations, byte[] salt, byte[] hash) {

    public static final int DEFAULT_ITERATIONS = 210_000;
    public static final int MAX_PASSWORD_CHARACTERS = 1_024;

    private static final String NAME = "pbkdf2-sha512";
    private static final String ALGORITHM = "PBKDF2WithHmacSHA512";
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 64;
    private static final int MAX_ITERATIONS = 10_000_000;

    /** Of no password: what a name is compared with if no user has one. */
    static final PasswordHash UNKNOWN =
            new PasswordHash(DEFAULT_ITERATIONS, new byte[SALT_BYTES], new byte[HASH_BYTES]);

    /** Hashes a password with a random salt. Blocks. */
    public static PasswordHash of(char[] password) {
        return of(password, DEFAULT_ITERATIONS);
    }

    /**
     * Hashes a password with a random salt. Blocks.
     *
     * @param iterations 1,000 to 10,000,000. More take longer, here and at every comparison
     * @throws StrandlineException.Invalid if the password is empty or too long, or the iterations are out of their bounds
     */
    public static PasswordHash of(char[] password, int iterations) {
        Limits.require("length of the password", password.length, 1, MAX_PASSWORD_CHARACTERS);
        Limits.require("iterations", iterations, 1_000, MAX_ITERATIONS);
        byte[] salt = new byte[SALT_BYTES];
        new SecureRandom().nextBytes(salt);
        return new PasswordHash(iterations, salt, derive(password, salt, iterations));
    }

    private static byte[] derive(char[] password, byte[] salt, int iterations) {
        PBEKeySpec spec = new PBEKeySpec(password, salt, iterations, HASH_BYTES * Byte.SIZE);
        try {
            return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(spec).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        } finally {
            spec.clearPassword();
        }
    }

    /**
     * Reads a hash.
     *
     * @throws StrandlineException.Invalid if the text is none
     */
    public static PasswordHash parse(String text) {
        String[] parts = text.split("\\$", -1);
        try {
            if (parts.length == 4 && parts[0].equals(NAME)) {
                PasswordHash read = new PasswordHash(
                        Integer.parseInt(parts[1]),
                        Base64.getDecoder().decode(parts[2]),
                        Base64.getDecoder().decode(parts[3]));
                if (read.iterations > 0
                        && read.iterations <= MAX_ITERATIONS
                        && read.salt.length >= 8
                        && read.hash.length == HASH_BYTES) {
                    return read;
                }
            }
        } catch (IllegalArgumentException e) { // said below, without the text
            throw malformed();
        }
        throw malformed();
    }

    private static StrandlineException.Invalid malformed() {
        return new StrandlineException.Invalid("the hash is not " + NAME + "$ITERATIONS$SALT$HASH");
    }

    /** True for the password that was hashed. Takes as long for every other one. Blocks. */
    public boolean matches(char[] password) {
        return MessageDigest.isEqual(hash, derive(password, salt, iterations));
    }

    /** What {@link #parse} reads. */
    public String text() {
        Base64.Encoder base64 = Base64.getEncoder();
        return NAME + "$" + iterations + "$" + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PasswordHash that
                && iterations == that.iterations
                && Arrays.equals(salt, that.salt)
                && MessageDigest.isEqual(hash, that.hash);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(salt);
    }

    /** Without the hash. */
    @Override
    public String toString() {
        return NAME + " of " + iterations + " iterations";
    }
}
