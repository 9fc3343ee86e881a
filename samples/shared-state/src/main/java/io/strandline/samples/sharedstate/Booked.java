package io.strandline.samples.sharedstate;

import io.strandline.json.JsonCodec;

/**
 * An office has booked a seat.
 *
 * @param askedMillis when it asked, by its own clock
 */
record Booked(String seat, String office, long askedMillis) {

    static final JsonCodec<Booked> CODEC = JsonCodec.of("booked", 1, Booked.class);
}
