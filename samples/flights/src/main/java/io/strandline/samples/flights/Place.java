package io.strandline.samples.flights;

import io.strandline.json.JsonCodec;

/**
 * Where an airport is.
 *
 * @param code IATA code
 * @param city its city
 * @param state its state, two letters
 */
record Place(String code, String city, String state) {

    static final JsonCodec<Place> CODEC = JsonCodec.of("place", 1, Place.class);

    @Override
    public String toString() {
        return city + ", " + state;
    }
}
