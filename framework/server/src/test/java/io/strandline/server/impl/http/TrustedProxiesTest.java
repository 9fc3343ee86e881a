package io.strandline.server.impl.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From where a request comes, and that nobody but a trusted proxy has a say in it. */
class TrustedProxiesTest {

    private final TrustedProxies proxies = new TrustedProxies(List.of("10.0.0.7", "10.1.0.0/16", "fd00::/8"));

    @Test
    void nobody_is_trusted_by_default() {
        assertThat(new TrustedProxies(List.of()).clientOf("127.0.0.1", List.of("203.0.113.9")))
                .isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // who is not trusted says what it likes
                "203.0.113.1 | 203.0.113.9              | 203.0.113.1",
                "10.0.0.8    | 203.0.113.9              | 10.0.0.8",
                // one proxy, several
                "10.0.0.7    | 203.0.113.9              | 203.0.113.9",
                "10.0.0.7    | 203.0.113.9, 10.1.2.3    | 203.0.113.9",
                "fd00:0:0:0:0:0:0:1 | 2001:db8::9       | 2001:db8:0:0:0:0:0:9",
                // what the client itself has sent is before what the proxy appends
                "10.0.0.7    | 10.1.2.3, 203.0.113.9    | 203.0.113.9",
                "10.0.0.7    | 1.1.1.1, x, 203.0.113.9  | 203.0.113.9",
                // all are trusted
                "10.0.0.7    | 10.1.9.9, 10.1.2.3       | 10.1.9.9",
                // with a port, in other forms
                "10.0.0.7    | 203.0.113.9:4711         | 203.0.113.9",
                "10.0.0.7    | [2001:db8::9]:4711       | 2001:db8:0:0:0:0:0:9",
                "10.0.0.7    | ::ffff:203.0.113.9       | 203.0.113.9",
                "10.0.0.7    | ::ffff:10.1.2.3          | 10.1.2.3"
            })
    void the_last_address_that_is_none_of_a_trusted_proxy(String peer, String forwarded, String client) {
        assertThat(proxies.clientOf(peer, List.of(forwarded))).isEqualTo(client);
    }

    @Test
    void several_headers_are_one() {
        assertThat(proxies.clientOf("10.0.0.7", List.of("1.1.1.1", "203.0.113.9", "10.1.2.3")))
                .isEqualTo("203.0.113.9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ",",
                "localhost",
                "example.org",
                "1.2.3",
                "1.2.3.4.5",
                "999.1.1.1",
                "[",
                "[]",
                "]",
                ":",
                "::1%eth0",
                "a\nb",
                "203.0.113.9 evil",
                "unknown",
                "_hidden",
                "\u0661.1.1.1"
            })
    void what_is_no_address_in_numbers_is_left_out(String forwarded) {
        assertThat(proxies.clientOf("10.0.0.7", List.of(forwarded))).isEqualTo("10.0.0.7");
        assertThat(proxies.clientOf("10.0.0.7", List.of("203.0.113.9," + forwarded)))
                .isEqualTo("10.0.0.7");
    }

    @Test
    void a_long_header_costs_little() {
        String hops = String.join(",", Collections.nCopies(100_000, "10.1.2.3"));
        assertThat(proxies.clientOf("10.0.0.7", List.of("203.0.113.9," + hops))).isEqualTo("10.1.2.3");
        assertThat(proxies.clientOf("10.0.0.7", List.of("1".repeat(1_000_000)))).isEqualTo("10.0.0.7");
        assertThat(proxies.clientOf("10.0.0.7", List.of())).isEqualTo("10.0.0.7");
    }
}
