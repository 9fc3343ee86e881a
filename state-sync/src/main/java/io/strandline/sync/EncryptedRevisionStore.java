package io.strandline.sync;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Encrypts revisions and snapshots before they reach another store, so that neither its members nor the links between
 * them see a state. AES-256-GCM is used. {@link KeyRing} says how keys are changed, and {@code SealedBytes} shows the
 * byte layout.
 *
 * <p>It keeps the promises of the underlying store. The encrypted bytes are bound to name, position, form and key, so
 * that they cannot be moved to another place. An attacker that can write to the underlying store can still remove
 * revisions from the end, or put an older history in place of a newer one. Names, positions, sizes and times are not
 * hidden.
 *
 * <p>A revision that cannot be decrypted fails the call that met it with {@link StrandlineException.Corrupt}, which names
 * revision and key id. Nothing was appended by that call. A revision that was stored without encryption fails the call in
 * the same way.
 *
 * <p>Values of up to {@value #INLINE_BYTES} bytes are encrypted and decrypted on the calling thread, at about a
 * microsecond each. Larger values are processed on a worker thread.
 */
public final class EncryptedRevisionStore implements RevisionStore {

    /** Bytes of one append or answer above which a worker thread does the work. */
    static final int INLINE_BYTES = 64 << 10;

    /** A position that no store has: who asks for what follows it starts over from the newest whole state. */
    private static final Position NOWHERE = new Position(1, new AppendId(UUID.randomUUID(), 1));

    private final ContextInternal context;
    private final RevisionStore store;
    private final SecureRandom random = new SecureRandom();
    private volatile KeyRing keys;

    private EncryptedRevisionStore(ContextInternal context, RevisionStore store, KeyRing keys) {
        this.context = context;
        this.store = store;
        this.keys = keys;
    }

    /**
     * Puts encryption before a store.
     *
     * @throws StrandlineException.Invalid if the store takes values so small that nothing is left
     */
    public static EncryptedRevisionStore over(Vertx vertx, RevisionStore store, KeyRing keys) {
        if (store.maxValueBytes() <= SealedBytes.OVERHEAD) {
            throw new StrandlineException.Invalid("the store takes values of " + store.maxValueBytes()
                    + " bytes, encryption alone needs " + SealedBytes.OVERHEAD);
        }
        return new EncryptedRevisionStore(((VertxInternal) vertx).createEventLoopContext(), store, keys);
    }

    /** Uses other keys for calls that begin from now on. */
    public void use(KeyRing ring) {
        this.keys = ring;
    }

    /** What the store below takes, without the 33 bytes that encryption adds. */
    @Override
    public int maxValueBytes() {
        return store.maxValueBytes() - SealedBytes.OVERHEAD;
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        KeyRing ring = keys;
        return work(bytesOf(next), () -> encrypted(ring, name, next))
                .compose(encrypted -> store.append(name, expected, encrypted))
                .compose(answer -> answer instanceof AppendAnswer.Refused refused
                        ? decrypted(ring, name, refused.missed()).map(refused::with)
                        : Future.succeededFuture(answer));
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        KeyRing ring = keys;
        return store.readSince(name, known).compose(missed -> decrypted(ring, name, missed));
    }

    @Override
    public Future<CatchUp> readNews(StreamName name, Position known) {
        KeyRing ring = keys;
        return store.readNews(name, known).compose(missed -> decrypted(ring, name, missed));
    }

    @Override
    public Future<CatchUp> look(StreamName name, Position known) {
        KeyRing ring = keys;
        return store.look(name, known).compose(missed -> decrypted(ring, name, missed));
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        KeyRing ring = keys;
        return work(snapshot.bytes().length, () -> encrypted(ring, name, List.of(snapshot)))
                .compose(encrypted -> store.compact(name, encrypted.get(0)));
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return store.watch(name, news);
    }

    private List<Revision> encrypted(KeyRing ring, StreamName name, List<Revision> plain) {
        List<Revision> all = new ArrayList<>(plain.size());
        for (Revision revision : plain) {
            requireFits(revision);
            all.add(SealedBytes.seal(ring, random, name, revision));
        }
        return all;
    }

    /**
     * Decrypts revisions. Those of a key that was left out are not needed if the name was compacted with another key since: then the
     * reader starts over from that whole state.
     */
    private Future<CatchUp> decrypted(KeyRing ring, StreamName name, CatchUp missed) {
        boolean lacksKey = missed.revisions().stream().anyMatch(revision -> SealedBytes.lacksKey(ring, revision));
        return lacksKey
                ? store.readSince(name, NOWHERE).compose(whole -> opened(ring, name, whole))
                : opened(ring, name, missed);
    }

    private Future<CatchUp> opened(KeyRing ring, StreamName name, CatchUp missed) {
        return work(bytesOf(missed.revisions()), () -> {
            List<Revision> all = new ArrayList<>(missed.revisions().size());
            for (Revision revision : missed.revisions()) {
                all.add(SealedBytes.open(ring, name, revision));
            }
            return new CatchUp(missed.base(), all);
        });
    }

    private <T> Future<T> work(long bytes, Supplier<T> crypt) {
        return bytes > INLINE_BYTES
                ? context.executeBlocking(crypt::get, false)
                : Attempt.of(() -> Future.succeededFuture(crypt.get()));
    }

    private void requireFits(Revision revision) {
        if (revision.bytes().length > maxValueBytes()) {
            throw new StrandlineException.Invalid("revision " + revision.number() + " has " + revision.bytes().length
                    + " bytes, the limit is " + maxValueBytes() + " before encryption");
        }
    }

    private static long bytesOf(List<Revision> revisions) {
        long bytes = 0;
        for (Revision revision : revisions) {
            bytes += revision.bytes().length;
        }
        return bytes;
    }
}
