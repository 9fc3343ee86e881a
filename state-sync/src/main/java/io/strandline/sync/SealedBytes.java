package io.strandline.sync;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.ProviderException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of an encrypted revision, AES-256-GCM:
 *
 * <pre>
 *  offset  size
 *  0       1     format, 0xE1
 *  1       4     id of the key
 *  5       12    nonce, random
 *  17      n     ciphertext, as long as the plaintext
 *  17 + n  16    tag
 * </pre>
 *
 * What the tag covers beside the ciphertext, and nobody stores, so that bytes which were moved to another place are not
 * taken for those that belong there:
 *
 * <pre>
 *  0       1     format, 0xE1
 *  1       4     id of the key
 *  5       1     form: 0 change, 1 whole
 *  6       8     revision
 *  14      16    writer
 *  30      8     the writer's count
 *  38      …     name as scope/name, UTF-8
 *
 *  Integers are big-endian.
 * </pre>
 */
final class SealedBytes {

    static final String CIPHER = "AES/GCM/NoPadding";

    /** What a value grows by. */
    static final int OVERHEAD = 1 + Integer.BYTES + SealedBytes.NONCE_BYTES + SealedBytes.TAG_BYTES;

    private static final int FORMAT = 0xe1;
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final int CONTEXT_BYTES = 38;

    private SealedBytes() {}

    static Revision seal(KeyRing keys, SecureRandom random, StreamName name, Revision plain) {
        int id = keys.activeId();
        SecretKey key = known(keys, id, name, plain);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] bytes = new byte[OVERHEAD + plain.bytes().length];
        ByteBuffer out = ByteBuffer.wrap(bytes).put((byte) FORMAT).putInt(id).put(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, nonce, id, name, plain);
            cipher.doFinal(plain.bytes(), 0, plain.bytes().length, bytes, out.position());
        } catch (GeneralSecurityException | ProviderException refused) {
            throw new StrandlineException.Invalid(
                    "revision " + plain.number() + " of " + name + " cannot be encrypted with key " + id, refused);
        }
        return with(plain, bytes);
    }

    static Revision open(KeyRing keys, StreamName name, Revision stored) {
        byte[] bytes = stored.bytes();
        if (bytes.length < OVERHEAD || Byte.toUnsignedInt(bytes[0]) != FORMAT) {
            throw new StrandlineException.Corrupt("revision " + stored.number() + " of " + name + " is not encrypted: "
                    + bytes.length + " bytes" + (bytes.length == 0 ? "" : " that begin with " + (bytes[0] & 0xff)));
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).position(1);
        int id = in.getInt();
        byte[] nonce = new byte[NONCE_BYTES];
        in.get(nonce);
        SecretKey key = known(keys, id, name, stored);
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, id, name, stored);
            return with(stored, cipher.doFinal(bytes, in.position(), in.remaining()));
        } catch (GeneralSecurityException | ProviderException refused) {
            throw new StrandlineException.Corrupt(
                    "revision " + stored.number() + " of " + name + " is not what was encrypted with key " + id
                            + ": it was changed or moved, or the key is another one",
                    refused);
        }
    }

    /** Whether a revision was encrypted with a key that a ring does not have. */
    static boolean lacksKey(KeyRing keys, Revision stored) {
        byte[] bytes = stored.bytes();
        return bytes.length >= OVERHEAD
                && Byte.toUnsignedInt(bytes[0]) == FORMAT
                && keys.key(ByteBuffer.wrap(bytes).getInt(1)) == null;
    }

    private static SecretKey known(KeyRing keys, int id, StreamName name, Revision revision) {
        @Nullable SecretKey key = keys.key(id);
        if (key == null) {
            throw new StrandlineException.Corrupt("revision " + revision.number() + " of " + name
                    + " was encrypted with key " + id + ", which is not in this ring: " + keys);
        }
        return key;
    }

    private static Cipher cipher(int mode, SecretKey key, byte[] nonce, int id, StreamName name, Revision at)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(CIPHER);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
        cipher.updateAAD(place(id, name, at));
        return cipher;
    }

    private static byte[] place(int id, StreamName name, Revision at) {
        byte[] text = name.toString().getBytes(StandardCharsets.UTF_8);
        Position position = at.position();
        return ByteBuffer.allocate(CONTEXT_BYTES + text.length)
                .put((byte) FORMAT)
                .putInt(id)
                .put((byte) (at.isWhole() ? 1 : 0))
                .putLong(position.revision())
                .putLong(position.id().writer().getMostSignificantBits())
                .putLong(position.id().writer().getLeastSignificantBits())
                .putLong(position.id().count())
                .put(text)
                .array();
    }

    private static Revision with(Revision revision, byte[] bytes) {
        Revision.Form form = revision.isWhole() ? Revision.Form.WHOLE : Revision.Form.CHANGE;
        return new Revision(revision.position(), form, bytes);
    }
}
