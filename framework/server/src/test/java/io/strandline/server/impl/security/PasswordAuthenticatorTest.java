package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.server.security.Identity;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.UserFile;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PasswordAuthenticatorTest {

    private static final PasswordHash SECRET = PasswordHash.of("secret".toCharArray(), 1_000);

    private final Vertx vertx = Vertx.vertx();
    private final AtomicInteger comparisons = new AtomicInteger();
    private final AtomicBoolean onEventLoop = new AtomicBoolean();
    private final AtomicLong nanos = new AtomicLong();
    private UserFile users =
            UserFile.parse("").with("anna", List.of("clerks"), SECRET).with("robot", List.of(), null);
    private CountDownLatch gate = new CountDownLatch(0);

    private PasswordAuthenticator authenticator(int maxVerified, int maxHashing) {
        return new PasswordAuthenticator(
                () -> users,
                vertx.createSharedWorkerExecutor("hashing", 2),
                new VerifiedCredentials(maxVerified, 1_000, nanos::get),
                maxHashing,
                this::matches);
    }

    private boolean matches(PasswordHash hash, char[] password) {
        comparisons.incrementAndGet();
        onEventLoop.compareAndSet(false, Context.isOnEventLoopThread());
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return hash.matches(password);
    }

    @AfterEach
    void close() {
        get(vertx.close());
    }

    static String basic(String nameAndPassword) {
        return Base64.getEncoder().encodeToString(nameAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_name_and_its_password_are_an_identity_with_its_roles() {
        Identity anna = get(authenticator(10, 10).authenticate(basic("anna:secret")));
        assertThat(anna.name()).isEqualTo("anna");
        assertThat(anna.roles()).containsExactly("clerks");
        assertThat(anna.isExpired(Long.MAX_VALUE - 1)).isFalse();
    }

    @Test
    void every_refusal_has_one_answer_and_costs_one_comparison() {
        PasswordAuthenticator authenticator = authenticator(10, 10);
        for (String wrong : List.of("anna:wrong", "nobody:secret", "robot:secret", "robot:", ":", "anna:")) {
            comparisons.set(0);
            assertThat(failure(authenticator.authenticate(basic(wrong))))
                    .as(wrong)
                    .isInstanceOf(StrandlineException.Unauthorized.class)
                    .hasMessage(NotValid.MESSAGE);
            assertThat(comparisons).as(wrong).hasValue(1);
        }
        for (String malformed : List.of("%%%", basic("no colon"), "/w==", basic("anna:" + "x".repeat(1_025)))) {
            assertThat(failure(authenticator.authenticate(malformed))).hasMessage(NotValid.MESSAGE);
        }
    }

    @Test
    void passwords_are_compared_on_a_worker() {
        PasswordAuthenticator authenticator = authenticator(10, 10);
        Promise<Identity> answer = Promise.promise();
        vertx.runOnContext(
                turned -> authenticator.authenticate(basic("anna:secret")).onComplete(answer));
        get(answer.future());
        assertThat(onEventLoop).isFalse();
    }

    @Test
    void what_was_verified_is_not_compared_again_for_a_while() {
        PasswordAuthenticator authenticator = authenticator(10, 10);
        get(authenticator.authenticate(basic("anna:secret")));
        get(authenticator.authenticate(basic("anna:secret")));
        assertThat(comparisons).hasValue(1);
        nanos.addAndGet(1_000_000_000L);
        get(authenticator.authenticate(basic("anna:secret")));
        assertThat(comparisons).hasValue(2);
    }

    @Test
    void a_change_of_the_user_ends_what_was_verified_and_what_it_has_proven() {
        PasswordAuthenticator authenticator = authenticator(10, 10);
        Identity before = get(authenticator.authenticate(basic("anna:secret")));
        assertThat(PasswordAuthenticator.isCurrent(before, users)).isTrue();
        users = users.with("anna", List.of("clerks"), PasswordHash.of("other".toCharArray(), 1_000));
        assertThat(PasswordAuthenticator.isCurrent(before, users)).isFalse();
        assertThat(failure(authenticator.authenticate(basic("anna:secret")))).hasMessage(NotValid.MESSAGE);
        users = users.with("anna", List.of("bosses"), SECRET);
        assertThat(PasswordAuthenticator.isCurrent(before, users)).isFalse();
        assertThat(get(authenticator.authenticate(basic("anna:secret"))).roles())
                .containsExactly("bosses");
        users = users.without("anna");
        assertThat(failure(authenticator.authenticate(basic("anna:secret")))).hasMessage(NotValid.MESSAGE);
        // read again without a change
        users = UserFile.parse(
                UserFile.parse("").with("anna", List.of("clerks"), SECRET).text());
        assertThat(PasswordAuthenticator.isCurrent(before, users)).isTrue();
    }

    @Test
    void a_bounded_number_of_verified_credentials_is_kept() {
        VerifiedCredentials verified = new VerifiedCredentials(3, 1_000, nanos::get);
        UserFile.User anna = Objects.requireNonNull(users.users().get("anna"));
        for (int i = 0; i < 10; i++) {
            String digest = verified.digest("anna:" + i);
            verified.add(digest, anna);
            assertThat(verified.has(digest, anna)).isTrue();
        }
        assertThat(verified.size()).isEqualTo(3);
        VerifiedCredentials none = new VerifiedCredentials(0, 1_000, nanos::get);
        none.add("digest", anna);
        assertThat(none.size()).isZero();
    }

    @Test
    void a_bounded_number_of_passwords_waits() {
        PasswordAuthenticator authenticator = authenticator(10, 3);
        gate = new CountDownLatch(1);
        List<Future<Identity>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(authenticator.authenticate(basic("anna:" + "x".repeat(i))));
        }
        assertThat(failure(authenticator.authenticate(basic("anna:secret"))))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("3 passwords");
        gate.countDown();
        waiting.forEach(one -> assertThat(failure(one)).hasMessage(NotValid.MESSAGE));
        assertThat(get(authenticator.authenticate(basic("anna:secret"))).name()).isEqualTo("anna");
    }

    @Test
    void callers_with_the_same_credentials_share_one_comparison_while_it_goes_on() {
        PasswordAuthenticator authenticator = authenticator(10, 1);
        gate = new CountDownLatch(1);
        List<Future<Identity>> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(authenticator.authenticate(basic("anna:secret")));
        }
        Context own = vertx.getOrCreateContext();
        Promise<Boolean> isOnOwn = Promise.promise();
        Promise<Void> asked = Promise.promise();
        own.runOnContext(turned -> {
            authenticator
                    .authenticate(basic("anna:secret"))
                    .onComplete(done -> isOnOwn.complete(Vertx.currentContext() == own));
            asked.complete();
        });
        get(asked.future());
        assertThat(isOnOwn.future().isComplete()).isFalse();
        gate.countDown();
        waiting.forEach(one -> assertThat(get(one).name()).isEqualTo("anna"));
        assertThat(get(isOnOwn.future())).isTrue();
        assertThat(comparisons).hasValue(1);
        // A wrong password is compared again, so that a right one which comes later does not meet an old answer.
        assertThat(failure(authenticator.authenticate(basic("anna:wrong")))).hasMessage(NotValid.MESSAGE);
        assertThat(failure(authenticator.authenticate(basic("anna:wrong")))).hasMessage(NotValid.MESSAGE);
        assertThat(comparisons).hasValue(3);
    }
}
