package io.strandline.guide;

import io.strandline.json.JsonCodec;

// GUIDE: begin order
record Order(String customer, String article, int pieces) {
    static final JsonCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
}
// GUIDE: end order
