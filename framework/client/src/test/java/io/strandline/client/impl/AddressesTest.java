package io.strandline.client.impl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.vertx.core.net.SocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of servers as text. */
class AddressesTest {

    @Test
    void one_or_more_servers() {
        assertThat(Addresses.parse("tcp://log.example:7475").servers())
                .containsExactly(SocketAddress.inetSocketAddress(7475, "log.example"));
        Addresses two = Addresses.parse("tcp://127.0.0.1:1,[::1]:65535");
        assertThat(two.servers())
                .containsExactly(
                        SocketAddress.inetSocketAddress(1, "127.0.0.1"),
                        SocketAddress.inetSocketAddress(65_535, "::1"));
        assertThat(two.server(0)).isEqualTo(two.server(2));
        assertThat(two.server(1)).isNotEqualTo(two.server(2));
        assertThat(two.server(Integer.MIN_VALUE)).isEqualTo(two.server(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp:",
                "tcp://",
                "tcp://host",
                "tcp://:7475",
                "tcp://host:",
                "tcp://host:0",
                "tcp://host:65536",
                "tcp://host:x",
                "tcp://::1:7475",
                "tcp://host:1,",
                "tcp://[]:7475",
                "tcp://[zz]:7475",
                "tcp://[1.2.3.4]:7475",
                "tcp://[::1:7475",
                "tcp:///:7475",
                "tcp://a/b:7475",
                "tcp://a b:7475",
                "tcp://user@host:7475",
                "tcp:host:1"
            })
    void anything_else_is_invalid(String address) {
        assertThatThrownBy(() -> Addresses.parse(address))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(address);
    }
}
