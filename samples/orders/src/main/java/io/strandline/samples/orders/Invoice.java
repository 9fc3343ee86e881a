package io.strandline.samples.orders;

import io.strandline.EventCodec;
import io.strandline.json.JsonCodec;

/** What a customer owes for an order, in cents. */
record Invoice(String customer, long cents) {

    static final EventCodec<Invoice> CODEC = JsonCodec.of("invoice", 1, Invoice.class);
}
