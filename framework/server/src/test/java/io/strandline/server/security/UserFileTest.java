package io.strandline.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UserFileTest {

    private static final PasswordHash HASH = PasswordHash.of("secret".toCharArray(), 1_000);

    @Test
    void what_is_written_is_read() {
        UserFile users = UserFile.parse("")
                .with("anna", List.of("clerks", "operators"), HASH)
                .with("billing.shop.example", List.of(), null);
        UserFile read = UserFile.parse(users.text());
        assertThat(read.users()).isEqualTo(users.users());
        assertThat(read.without("anna").users()).containsOnlyKeys("billing.shop.example");
    }

    @Test
    void a_hash_matches_its_password_alone() {
        PasswordHash read = PasswordHash.parse(HASH.text());
        assertThat(read.matches("secret".toCharArray())).isTrue();
        assertThat(read.matches("Secret".toCharArray())).isFalse();
        assertThat(PasswordHash.of("secret".toCharArray(), 1_000)).isNotEqualTo(HASH);
    }

    @Test
    void hashes_are_those_of_the_standard() {
        // PBKDF2-HMAC-SHA512 of "password" and "saltSALT", 1 iteration, by another implementation (Python's hashlib).
        PasswordHash known = PasswordHash.parse("pbkdf2-sha512$1$c2FsdFNBTFQ=$" + HASHED);
        assertThat(known.matches("password".toCharArray())).isTrue();
    }

    private static final String HASHED =
            "hkxll5yHB4QfIIu37L4ci+rcgQgK7PUafQeSQCOoA8EDZyQRuVsgvDOsFfyDug4Vv0vytKsXuTUd+soMRbIdFQ==";

    @Test
    void a_name_that_is_not_there_is_compared_with_the_hash_of_another_always_the_same() {
        UserFile users = UserFile.parse("").with("anna", List.of(), HASH).with("bob", List.of(), null);
        assertThat(users.hashFor("nobody")).isEqualTo(HASH);
        assertThat(users.hashFor("bob")).isEqualTo(HASH);
        assertThat(UserFile.parse("").hashFor("nobody").iterations()).isEqualTo(PasswordHash.DEFAULT_ITERATIONS);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "anna:clerks",
                ":clerks:-",
                "anonymous:clerks:-",
                "an/na:clerks:-",
                "anna:cl erks:-",
                "anna:clerks:plain",
                "anna:clerks:pbkdf2-sha512$x$c2FsdFNBTFQ=$aGFzaA==",
                "anna:clerks:pbkdf2-sha512$1000$c2FsdFNBTFQ=$aGFzaA=="
            })
    void a_line_that_is_no_user_is_invalid_with_its_number_and_without_its_hash(String line) {
        assertThatThrownBy(() -> UserFile.parse("# users\n" + line))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("line 2")
                .hasMessageNotContaining("aGFzaA")
                .hasMessageNotContaining("plain");
    }

    @Test
    void a_name_is_there_once() {
        assertThatThrownBy(() -> UserFile.parse("anna::-\nanna::-")).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void nothing_secret_is_shown() {
        assertThat(HASH.toString()).doesNotContain("$");
        assertThat(UserFile.parse("").with("anna", List.of(), HASH).users().toString())
                .doesNotContain("$");
    }
}
