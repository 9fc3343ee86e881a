package io.strandline.benchmarks.log;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;

/**
 * The flights of the sample, each in an envelope with an id of its own, a source and a type: about 200 bytes of JSON, as
 * applications store them.
 */
final class FlightEvents {

    private static final String DATA = "/io/strandline/samples/flights/flights-2001-q1.ndjson.gz";
    private static final int MAX_FLIGHTS = 1 << 17;

    private final List<String> keys = new ArrayList<>();
    private final List<Buffer> payloads = new ArrayList<>();

    private FlightEvents() {}

    static FlightEvents load() throws IOException {
        FlightEvents events = new FlightEvents();
        SplittableRandom random = new SplittableRandom(42);
        try (InputStream data = Objects.requireNonNull(FlightEvents.class.getResourceAsStream(DATA), DATA);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(new GZIPInputStream(data), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (events.keys.size() == MAX_FLIGHTS) {
                    break;
                }
                events.add(line, random.nextLong(), random.nextLong());
            }
        }
        return events;
    }

    private void add(String flight, long idHigh, long idLow) {
        keys.add(new JsonObject(flight).getString("origin"));
        payloads.add(Buffer.buffer("{\"id\":\"" + Long.toHexString(idHigh) + Long.toHexString(idLow)
                + "\",\"source\":\"flights/2001/q1\",\"type\":\"flown\",\"version\":1,\"data\":" + flight + "}"));
    }

    String key(long n) {
        return keys.get((int) (n % keys.size()));
    }

    Buffer payload(long n) {
        return payloads.get((int) (n % payloads.size()));
    }

    double meanBytes() {
        return payloads.stream().mapToInt(Buffer::length).average().orElse(0);
    }
}
