package io.strandline.guide;

import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Runs the guide's examples of a log over the event bus. */
class GuideBusTest extends GuideLog {

    @Test
    void an_order_is_appended_and_a_tail_sees_it() {
        run(() -> OverTheBus.serve(vertx, log));
        for (long number : List.of(1L, 2L, 2L, 1L)) {
            JsonObject appended = run(() -> OverTheBus.order(vertx.eventBus(), number));
            assertThat(appended.getJsonArray("appended")).hasSize(1);
        }
        List<JsonObject> seen = new CopyOnWriteArrayList<>();
        run(() -> vertx.deployVerticle(new OverTheBus.Tail(seen::add)));
        run(() -> OverTheBus.order(vertx.eventBus(), 3));
        until(vertx, "the orders", () -> seen.size() == 3);
        assertThat(seen.get(0).getJsonObject("event").getString("article")).isEqualTo("tea");
    }
}
