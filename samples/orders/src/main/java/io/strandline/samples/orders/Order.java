package io.strandline.samples.orders;

import io.strandline.EventCodec;
import io.strandline.json.JsonCodec;

/** A customer ordered something. */
record Order(String customer, String article, int pieces) {

    static final EventCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
}
