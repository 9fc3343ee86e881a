package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Authorization;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.SecurityProvider;
import io.strandline.server.security.TokenOptions;
import io.strandline.server.security.UserFile;
import io.strandline.spi.CloseOnce;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.PromiseInternal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what the options name, and puts it together. */
public final class SecurityOpening implements SecurityProvider {

    private static final String WORKER = "strandline-passwords";
    private static final int WORKERS = 2;
    private static final UserFile NO_USERS = UserFile.parse("");

    /** For {@link java.util.ServiceLoader}. */
    public SecurityOpening() {}

    @Override
    public Security of(Authenticator authenticator, Authorization authorization, SecurityOptions options) {
        SecurityOptions copy = new SecurityOptions(options);
        copy.validate();
        return new OpenSecurity(authenticator, authorization, copy, Future::succeededFuture);
    }

    @Override
    public Future<Security> open(Vertx vertx, SecurityOptions options) {
        PromiseInternal<Security> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        try {
            SecurityOptions copy = new SecurityOptions(options);
            copy.validate();
            new Parts(vertx, copy).begin().onComplete(promise);
        } catch (StrandlineException e) {
            promise.fail(e);
        }
        return promise.future();
    }

    /** The files of one opening. */
    private static final class Parts {

        private final Vertx vertx;
        private final SecurityOptions options;
        private final FileWatch<AccessRules> rules;
        private final @Nullable FileWatch<UserFile> users;
        private final @Nullable TokenKeys keys;
        private final CloseOnce end;
        private @Nullable WorkerExecutor worker;

        Parts(Vertx vertx, SecurityOptions options) {
            this.vertx = vertx;
            this.options = options;
            String rulesFile = options.getRulesFile();
            if (rulesFile == null) {
                throw new StrandlineException.Invalid(
                        "rulesFile is null, it must be given: without it nobody may do anything");
            }
            String usersFile = options.getUsersFile();
            TokenOptions tokens = options.getTokens();
            if (usersFile == null && tokens == null && !options.isCertificates()) {
                throw new StrandlineException.Invalid(
                        "usersFile, tokens and certificates are not given, so nobody could prove who he is");
            }
            this.rules = new FileWatch<>(
                    vertx, "the rules of access", List.of(rulesFile), files -> AccessRules.parse(text(files)));
            this.users = usersFile == null
                    ? null
                    : new FileWatch<>(vertx, "the users", List.of(usersFile), files -> UserFile.parse(text(files)));
            this.keys = tokens == null ? null : new TokenKeys(vertx, tokens);
            this.end = CloseOnce.with(vertx, CloseOnce.Stage.ENGINES, "security", this::close);
        }

        private static String text(List<Buffer> files) {
            return files.get(0).toString(StandardCharsets.UTF_8);
        }

        Future<Security> begin() {
            return rules.begin(options.getReloadMillis())
                    .compose(read -> users == null ? Future.succeededFuture() : users.begin(options.getReloadMillis()))
                    .compose(read -> keys == null ? Future.succeededFuture() : keys.begin(options.getReloadMillis()))
                    .<Security>map(read ->
                            new OpenSecurity(authenticator(), new RulesAuthorization(rules), options, end::close))
                    .recover(cause -> end.close().transform(closed -> Future.failedFuture(cause)));
        }

        private UserFile users() {
            return users == null ? NO_USERS : users.current();
        }

        private Authenticator authenticator() {
            TokenOptions tokens = options.getTokens();
            TokenAuthenticator byToken =
                    keys == null || tokens == null ? null : new TokenAuthenticator(tokens, keys::current);
            return new OwnAuthenticator(
                    this::users, users == null ? null : passwords(), byToken, options.isCertificates());
        }

        private PasswordAuthenticator passwords() {
            WorkerExecutor hashing = vertx.createSharedWorkerExecutor(WORKER, WORKERS);
            worker = hashing;
            return new PasswordAuthenticator(
                    this::users,
                    hashing,
                    new VerifiedCredentials(options.getMaxVerified(), options.getVerifiedMillis(), System::nanoTime),
                    options.getMaxHashing(),
                    PasswordHash::matches);
        }

        private Future<Void> close() {
            rules.end();
            if (users != null) {
                users.end();
            }
            if (keys != null) {
                keys.end();
            }
            return worker == null ? Future.succeededFuture() : worker.close();
        }
    }
}
