package io.strandline.sync;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import java.security.GeneralSecurityException;
import java.security.ProviderException;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * The AES-256 keys of an {@link EncryptedRevisionStore}: one that encrypts, and others that can still decrypt. Immutable.
 * Each key has a number that the application chooses and never uses for another key.
 *
 * <p>To change to a new key, first give it to every member with {@link #withOlder}, so that all can read it. Then let
 * every member encrypt with it, using {@link #withActive}. Then compact every name ({@link StateSynchronizer#compact}), also one that
 * nobody has written since. Then the old key can be left out: revisions that the store still keeps of it are passed over, because a
 * whole state that was encrypted with the new key follows them.
 *
 * <p>A key encrypts at most {@link #MAX_ENCRYPTIONS_PER_KEY} revisions and snapshots, on all members together. Its nonces
 * are random, and the limit keeps the probability that one is used twice below 2<sup>-32</sup> (NIST SP 800-38D, 8.3).
 * The encryptions are not counted: change the key in time. At 100 revisions a second a key lasts 497 days, at 5,000 ten.
 */
public final class KeyRing {

    /** How often one key may encrypt, on all members together. */
    public static final long MAX_ENCRYPTIONS_PER_KEY = 1L << 32;

    /** Keys of one ring. */
    public static final int MAX_KEYS = 64;

    private static final int KEY_BYTES = 32;

    private final int activeId;
    private final Map<Integer, SecretKey> keys;

    private KeyRing(int activeId, Map<Integer, SecretKey> keys) {
        Limits.require("keys of a ring", keys.size(), 1, MAX_KEYS);
        this.activeId = activeId;
        this.keys = keys;
    }

    /**
     * Starts a ring with the key that encrypts.
     *
     * @param id 0 or more
     * @param key of 32 bytes, as {@code new SecretKeySpec(bytes, "AES")} or from a key store
     * @throws StrandlineException.Invalid if it cannot be used for AES-256
     */
    public static KeyRing of(int id, SecretKey key) {
        return new KeyRing(id, joined(Map.of(), id, key));
    }

    /**
     * Adds a key to read with.
     *
     * @throws StrandlineException.Invalid if it cannot be used for AES-256, or the ring has the id already
     */
    public KeyRing withOlder(int id, SecretKey key) {
        return new KeyRing(activeId, joined(keys, id, key));
    }

    /**
     * Encrypts with another key from now on. The ring can still decrypt with all keys that it has. The key may be one
     * that is already in the ring.
     *
     * @throws StrandlineException.Invalid if it cannot be used for AES-256, or the ring has another key of this id
     */
    public KeyRing withActive(int id, SecretKey key) {
        return new KeyRing(id, key.equals(keys.get(id)) ? keys : joined(keys, id, key));
    }

    int activeId() {
        return activeId;
    }

    @Nullable
    SecretKey key(int id) {
        return keys.get(id);
    }

    private static Map<Integer, SecretKey> joined(Map<Integer, SecretKey> keys, int id, SecretKey key) {
        Limits.require("key id", id, 0, Integer.MAX_VALUE);
        requireUsable(id, key);
        Map<Integer, SecretKey> more = new TreeMap<>(keys);
        if (more.putIfAbsent(id, key) != null) {
            throw new StrandlineException.Invalid("the ring has a key " + id + " already; a new key needs a new id");
        }
        return more;
    }

    private static void requireUsable(int id, SecretKey key) {
        byte @Nullable [] bytes = key.getEncoded(); // null for a key that never leaves its device
        if (bytes != null && bytes.length != KEY_BYTES) {
            throw new StrandlineException.Invalid(
                    "key " + id + " has " + bytes.length + " bytes, AES-256 needs " + KEY_BYTES);
        }
        try {
            Cipher.getInstance(SealedBytes.CIPHER).init(Cipher.ENCRYPT_MODE, key);
        } catch (GeneralSecurityException | ProviderException unusable) {
            throw new StrandlineException.Invalid("key " + id + " cannot be used for " + SealedBytes.CIPHER, unusable);
        }
    }

    /** The ids, never a key. */
    @Override
    public String toString() {
        return "keys " + keys.keySet() + ", " + activeId + " encrypts";
    }
}
