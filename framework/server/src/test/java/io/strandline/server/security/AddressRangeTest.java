package io.strandline.server.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses and networks in numbers. */
class AddressRangeTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.7, 10.0.0.7, true",
        "10.0.0.7, 10.0.0.8, false",
        "10.1.0.0/16, 10.1.255.255, true",
        "10.1.0.0/16, 10.2.0.0, false",
        "10.1.2.3/16, 10.1.9.9, true",
        "10.128.0.0/9, 10.255.0.1, true",
        "10.128.0.0/9, 10.127.0.1, false",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, 2001:db8::9, false",
        "fd00::/8, fd12::1, true",
        "fd00::/8, fc12::1, false",
        "::1, 0:0:0:0:0:0:0:1, true",
        "10.0.0.7, ::ffff:10.0.0.7, true",
        "10.0.0.7, localhost, false"
    })
    void has_what_begins_alike(String range, String address, boolean has) {
        assertThat(AddressRange.of(range).has(address)).isEqualTo(has);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "10.0.0",
                "10.0.0.7/",
                "10.0.0.7/33",
                "10.0.0.7/-1",
                "10.0.0.7/x",
                "::1/129",
                "1.1.1.1/8/8"
            })
    void what_is_none_is_invalid(String text) {
        assertThatThrownBy(() -> AddressRange.of(text)).isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void a_message_has_the_beginning_of_a_text_alone() {
        assertThatThrownBy(() -> AddressRange.of("x".repeat(10_000)))
                .satisfies(thrown -> assertThat(thrown.getMessage()).hasSizeLessThan(200));
    }
}
