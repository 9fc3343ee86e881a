package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.Identity;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.UserFile;
import io.strandline.server.security.UserFile.User;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/**
 * Callers that show a name and a password. A password is hashed on a worker, for names that are not there too, so that the answer to an unknown
 * name takes as long as that to a wrong password. Callers that show the same at the same time share one comparison: many clients of one user
 * connect again when a server has started, and each of them again if that takes long. Callable from any thread.
 */
final class PasswordAuthenticator {

    /** Begins what {@link Identity#proof} holds. The salt of the hash follows, which no two hashes share. */
    static final String PROOF = "password ";

    private final Supplier<UserFile> users;
    private final WorkerExecutor worker;
    private final VerifiedCredentials verified;
    private final int maxHashing;
    private final BiPredicate<PasswordHash, char[]> matches;
    private final AtomicInteger hashing = new AtomicInteger();
    private final Map<Comparison, Future<Boolean>> comparisons = new ConcurrentHashMap<>();

    /** What is compared, and with what. */
    private record Comparison(String digest, PasswordHash hash) {}

    /** @param matches compares a password, slowly */
    PasswordAuthenticator(
            Supplier<UserFile> users,
            WorkerExecutor worker,
            VerifiedCredentials verified,
            int maxHashing,
            BiPredicate<PasswordHash, char[]> matches) {
        this.users = users;
        this.worker = worker;
        this.verified = verified;
        this.maxHashing = maxHashing;
        this.matches = matches;
    }

    /**
     * As {@link io.strandline.server.security.Authenticator#authenticate}.
     *
     * @param base64 what follows {@code Basic}
     */
    Future<Identity> authenticate(String base64) {
        String both = decoded(base64);
        int colon = both.indexOf(':');
        if (colon < 0 || both.length() - colon - 1 > PasswordHash.MAX_PASSWORD_CHARACTERS) {
            return NotValid.future();
        }
        UserFile now = users.get();
        String name = both.substring(0, colon);
        User user = now.users().get(name);
        String digest = verified.digest(both);
        if (user != null && verified.has(digest, user)) {
            return Future.succeededFuture(identity(user));
        }
        return compared(new Comparison(digest, now.hashFor(name)), both.substring(colon + 1))
                .compose(isEqual -> {
                    if (!isEqual || user == null || user.password() == null) {
                        return NotValid.future();
                    }
                    verified.add(digest, user);
                    return Future.succeededFuture(identity(user));
                });
    }

    /** Completes on the context that it is called on, if there is one. */
    private Future<Boolean> compared(Comparison comparison, String password) {
        Promise<Boolean> mine = Promise.promise();
        Future<Boolean> earlier = comparisons.putIfAbsent(comparison, mine.future());
        if (earlier == null) {
            begin(comparison.hash(), password)
                    .onComplete(done -> comparisons.remove(comparison, mine.future()))
                    .onComplete(mine);
        }
        Future<Boolean> result = earlier == null ? mine.future() : earlier;
        ContextInternal context = ContextInternal.current();
        if (context == null) {
            return result;
        }
        PromiseInternal<Boolean> here = context.promise();
        result.onComplete(here);
        return here.future();
    }

    private Future<Boolean> begin(PasswordHash hash, String password) {
        if (hashing.incrementAndGet() > maxHashing) {
            hashing.decrementAndGet();
            return Future.failedFuture(new StrandlineException.Overloaded(
                    maxHashing + " passwords are being compared, which is the limit"));
        }
        return worker.executeBlocking(() -> matches.test(hash, password.toCharArray()), false)
                .onComplete(compared -> hashing.decrementAndGet());
    }

    private static Identity identity(User user) {
        return new Identity(user.name(), user.roles(), Identity.NEVER, Optional.empty(), proof(user), "");
    }

    /** Changes with the password, and does not tell it. */
    private static String proof(User user) {
        PasswordHash password = user.password();
        return PROOF + (password == null ? "" : Base64.getEncoder().encodeToString(password.salt()));
    }

    /** True if the identity was proven by a password that the user still has. */
    static boolean isCurrent(Identity identity, UserFile now) {
        User user = now.users().get(identity.name());
        return user != null
                && user.roles().equals(identity.roles())
                && identity.proof().equals(proof(user));
    }

    /** Name and password, or an empty text. */
    private static String decoded(String base64) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(base64)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException none) {
            return "";
        }
    }
}
