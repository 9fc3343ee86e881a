package io.strandline.server.impl.listening;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HandshakesTest {

    private static final Network FIRST = Network.of("10.0.0.1");
    private static final Network SECOND = Network.of("10.0.0.2");
    private static final Network THIRD = Network.of("10.0.0.3");

    private static int flood(Handshakes handshakes, Network network) {
        int begun = 0;
        while (begun < 10_000 && handshakes.begin(network)) {
            begun++;
        }
        return begun;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "2, 1, 1", "3, 2, 1", "4, 2, 1", "100, 50, 25", "1000, 500, 250"})
    void a_network_gets_half_of_what_is_left(int most, int first, int second) {
        Handshakes handshakes = new Handshakes(most);
        assertThat(flood(handshakes, FIRST)).isEqualTo(first);
        assertThat(flood(handshakes, SECOND)).isEqualTo(second);
        assertThat(handshakes.underWay()).isEqualTo(first + second).isLessThanOrEqualTo(most);
    }

    @Test
    void networks_that_begin_by_turns_get_the_same() {
        Handshakes handshakes = new Handshakes(90);
        for (int i = 0; i < 30; i++) {
            assertThat(handshakes.begin(FIRST)).isTrue();
            assertThat(handshakes.begin(SECOND)).isTrue();
        }
        assertThat(handshakes.begin(FIRST)).isFalse();
        assertThat(handshakes.begin(SECOND)).isFalse();
        assertThat(handshakes.begin(THIRD)).isTrue();
    }

    @Test
    void those_that_end_make_room_and_leave_nothing() {
        Handshakes handshakes = new Handshakes(4);
        assertThat(flood(handshakes, FIRST)).isEqualTo(2);
        handshakes.end(FIRST);
        assertThat(handshakes.begin(FIRST)).isTrue();
        assertThat(handshakes.begin(FIRST)).isFalse();
        handshakes.end(FIRST);
        handshakes.end(FIRST);
        assertThat(handshakes.underWay()).isZero();
        assertThat(handshakes.networks()).isZero();
    }

    @Test
    void an_ipv6_network_is_one() {
        Handshakes handshakes = new Handshakes(4);
        assertThat(handshakes.begin(Network.of("2001:db8:1:2:3:4:5:6"))).isTrue();
        assertThat(handshakes.begin(Network.of("2001:db8:1:2:ffff:4:5:6"))).isTrue();
        assertThat(handshakes.begin(Network.of("2001:db8:1:2:0:0:0:1"))).isFalse();
        assertThat(handshakes.begin(Network.of("2001:db8:1:3:0:0:0:1"))).isTrue();
    }
}
