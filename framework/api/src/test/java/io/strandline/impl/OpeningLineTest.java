package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpeningLineTest {

    @Test
    void theLineSaysWhatWasFound() {
        assertThat(OpeningLine.text("file:data", 12, 4, 7, 90))
                .isEqualTo("log file:data is open after 12 ms, with 4 shards and 7 streams; 90 frames were recovered");
    }
}
