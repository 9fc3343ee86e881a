package io.strandline.server.impl.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.client.operation.Door;
import io.strandline.server.security.AuditEvent;
import io.strandline.server.security.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Callers choose the name that they try. */
class TriedNameTest {

    private static String tried(String authorization) {
        return TriedName.of(new Credentials(Optional.of(authorization), Optional.empty(), "10.0.0.7", Door.TCP));
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String password(String nameAndPassword) {
        return "Basic " + base64(nameAndPassword);
    }

    @Test
    void the_name_of_a_password_and_of_a_token_is_told() {
        assertThat(tried(password("anna:secret"))).isEqualTo("anna");
        assertThat(tried("basic " + base64("jörg:a:b"))).isEqualTo("jörg");
        assertThat(tried("Bearer e30." + base64("{\"sub\":\"billing\"}").replace("=", "") + ".x"))
                .isEqualTo("billing");
    }

    @Test
    void nothing_else_that_was_shown_is_told() {
        assertThat(tried(password("secret"))).isEmpty();
        assertThat(tried("Basic ?")).isEmpty();
        assertThat(tried("Bearer secret")).isEmpty();
        assertThat(tried("Bearer a.b.c")).isEmpty();
        assertThat(tried("Bearer a." + base64("{\"sub\":7}").replace("=", "") + ".c"))
                .isEmpty();
        assertThat(tried("secret")).isEmpty();
        assertThat(tried("Basic " + "YTo".repeat(Credentials.MAX_CHARACTERS))).isEmpty();
        assertThat(TriedName.of(new Credentials(Optional.empty(), Optional.empty(), "10.0.0.7", Door.TCP)))
                .isEmpty();
    }

    @Test
    void a_name_is_bounded_and_has_no_letter_that_changes_a_line() {
        int most = AuditEvent.MAX_TRIED_CHARACTERS;
        assertThat(tried(password("a\n\u001b[31m\u202ez\u2028\u0000:x"))).isEqualTo("a??[31m?z??");
        assertThat(tried(password("x".repeat(10_000) + ":x"))).isEqualTo("x".repeat(most));
        assertThat(tried(password("x".repeat(most - 1) + "\uD83D\uDE00:x"))).isEqualTo("x".repeat(most - 1));
        assertThat(tried(password("\uD83D\uDE00".repeat(most) + ":x"))).isEqualTo("\uD83D\uDE00".repeat(most / 2));
    }
}
