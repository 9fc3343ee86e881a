package io.strandline.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

// GUIDE: begin test
@ExtendWith(VertxExtension.class)
class OrderLogTest {

    @Test
    void an_order_is_read_as_it_was_appended(Vertx vertx, VertxTestContext test) {
        Order tea = new Order("customer-7", "tea", 2);
        Strandline.open(vertx, "memory:")
                .compose(log -> log.catalog()
                        .createStream("shop/orders", new StreamOptions().setCreateScope(true))
                        .compose(created -> log.createWriter("shop/orders", Order.CODEC))
                        .compose(writer -> writer.append(tea.customer(), tea))
                        .compose(appended -> log.read("shop/orders", Order.CODEC))
                        .compose(EventReader::toList)
                        .eventually(log::close))
                .onComplete(test.succeeding(events -> test.verify(() -> {
                    assertThat(events).extracting(EventRecord::event).containsExactly(tea);
                    test.completeNow();
                })));
    }
}
// GUIDE: end test
