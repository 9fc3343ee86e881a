package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.server.StrandlineServer;
import org.junit.jupiter.api.Test;

/** Runs the guide's examples of a log in another process. */
class GuideServingTest extends GuideLog {

    @Test
    void an_order_goes_to_a_log_in_another_process() {
        StrandlineServer server = run(() -> Serving.serve(vertx, log, 0));
        Appended appended = run(() -> Serving.order(vertx, "tcp://127.0.0.1:" + server.port()));
        assertThat(appended.duplicate()).isFalse();
        assertThat(get(log.catalog().endCut(ORDERS)).offsets().values()).contains(1L);
    }
}
