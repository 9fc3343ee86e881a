package io.strandline.guide;

import io.strandline.json.JsonCodec;

// GUIDE: begin codec
sealed interface OrderEvent {
    record Placed(String customer, int pieces, String currency) implements OrderEvent {}

    record Shipped(String carrier) implements OrderEvent {}

    JsonCodec<OrderEvent> CODEC = JsonCodec.builder(OrderEvent.class)
            .type("placed", 2, Placed.class)
            .upcast("placed", 1, json -> json.put("currency", "EUR")) // version 1 had no currency
            .type("shipped", 1, Shipped.class)
            .build();
}
// GUIDE: end codec
