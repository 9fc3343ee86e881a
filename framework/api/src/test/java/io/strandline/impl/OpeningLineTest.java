package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import org.junit.jupiter.api.Test;

class OpeningLineTest {

    @Test
    void theLineSaysWhatWasFound() {
        assertThat(OpeningLine.text("file:data", 12, 4, 7, 90))
                .isEqualTo("log file:data is open after 12 ms, with 4 shards and 7 streams; 90 frames were recovered");
    }

    /** Audits open logs that no application knows. */
    @Test
    void onlyALogOfWhichALineSaidThatItIsOpenIsSaidToBeClosed() {
        Vertx vertx = Vertx.vertx();
        try {
            PortStrandline log = new PortStrandline(vertx, new FakePort(vertx, 2, 4));
            assertThat(OpeningLine.closedText(log, 3)).isNull();
            OpeningLine.write(log, "fake:", 1);
            assertThat(OpeningLine.closedText(log, 3))
                    .isEqualTo("log " + log.port().address() + " is closed after 3 ms");
        } finally {
            OnContext.get(vertx.close());
        }
    }
}
