package io.strandline.server.impl.security;

import static io.strandline.server.impl.security.Futures.failure;
import static io.strandline.server.impl.security.Futures.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.server.security.Credentials;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private final Vertx vertx = Vertx.vertx();
    private final Strandline log = get(Strandline.open(vertx, "memory:"));
    private final List<Promise<Identity>> comparing = new ArrayList<>();
    private final Gate gate = Gate.of(
            vertx,
            log,
            Objects.requireNonNull(LogPort.of(log)),
            Security.of(
                    shown -> {
                        Promise<Identity> compared = Promise.promise();
                        comparing.add(compared);
                        return compared.future();
                    },
                    (who, needed, resource) -> Future.succeededFuture(true),
                    new SecurityOptions().setAudit(false).setMaxFailures(2)),
            new DoorCounts("rest"));

    @AfterEach
    void close() {
        get(vertx.close());
    }

    private Future<Identity> admit(String address) {
        return gate.admit(new Credentials(Optional.of("x"), Optional.empty(), address, Door.TCP));
    }

    /** Otherwise as many passwords could be guessed as are compared at a time. */
    @Test
    void credentials_that_were_shown_before_their_address_failed_too_often_are_not_heard_after_it() {
        List<Future<Identity>> guesses = List.of(admit("10.0.0.7"), admit("10.0.0.7"), admit("10.0.0.7"));
        Future<Identity> other = admit("10.0.0.8");
        comparing.get(0).fail(new StrandlineException.Unauthorized("no"));
        comparing.get(1).fail(new StrandlineException.Unauthorized("no"));
        comparing.get(2).complete(Identity.of("anna", List.of()));
        comparing.get(3).complete(Identity.of("anna", List.of()));
        assertThat(failure(guesses.get(1))).isInstanceOf(StrandlineException.Unauthorized.class);
        assertThat(failure(guesses.get(2))).isInstanceOf(StrandlineException.Overloaded.class);
        assertThat(get(other).name()).isEqualTo("anna");
    }

    /** As of its database: it neither ends clients that know nothing else to show, nor closes their address. */
    @Test
    void an_exception_of_the_authenticator_says_nothing_of_the_credentials() {
        for (int i = 0; i < 3; i++) {
            Future<Identity> asked = admit("10.0.0.7");
            comparing.get(i).fail(new IllegalStateException("secret"));
            assertThat(failure(asked))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageNotContaining("secret");
        }
        Future<Identity> heard = admit("10.0.0.7");
        comparing.get(3).complete(Identity.of("anna", List.of()));
        assertThat(get(heard).name()).isEqualTo("anna");
    }

    @Test
    void a_failure_of_strandline_that_comes_again_is_an_answer() {
        for (int i = 0; i < 2; i++) {
            Future<Identity> asked = admit("10.0.0.7");
            comparing.get(i).fail(new StrandlineException.Invalid("no token"));
            assertThat(failure(asked)).isInstanceOf(StrandlineException.Unauthorized.class);
        }
        assertThat(failure(admit("10.0.0.7"))).isInstanceOf(StrandlineException.Overloaded.class);
    }
}
