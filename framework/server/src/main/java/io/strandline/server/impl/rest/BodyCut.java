package io.strandline.server.impl.rest;

import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.server.impl.http.Refusal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * A body that is a cut of the stream in the address, in each form in which a client gets one.
 *
 * <pre>{@code
 * {"offsets": {"1": 42, "2": 7}}                            as cuts gives it
 * {"stream": "shop/orders", "offsets": {"1": 42, "2": 7}}   the next of a page
 * {"cut": "1:42,2:7"}                                       the nextFrom of a page
 * }</pre>
 */
final class BodyCut {

    private static final String STREAM = "stream";
    private static final String OFFSETS = "offsets";
    private static final String CUT = "cut";

    private BodyCut() {}

    static JsonObject schema() {
        JsonObject schema = Schemas.options(Map.of(
                STREAM, Schemas.text(),
                OFFSETS, Schemas.offsets(),
                CUT, Schemas.text().put("description", "PARTITION:OFFSET,... in place of offsets")));
        return schema.put("oneOf", new JsonArray().add(needs(OFFSETS)).add(needs(CUT)));
    }

    private static JsonObject needs(String name) {
        return new JsonObject().put("required", new JsonArray().add(name));
    }

    /** @throws Refusal if the body is none, or one of another stream */
    static StreamCut of(JsonObject body, StreamName stream) {
        Fields.requireKnown(body, List.of(STREAM, OFFSETS, CUT));
        String named = Fields.textOrNull(body, STREAM);
        if (named != null && !named.equals(stream.toString())) {
            throw Refusal.of(STREAM, "field stream names another stream than the address, which is of " + stream);
        }
        String text = Fields.textOrNull(body, CUT);
        if (text == null) {
            return new StreamCut(stream, Fields.offsets(body, OFFSETS));
        }
        if (body.containsKey(OFFSETS)) {
            throw Refusal.of(CUT, "fields cut and offsets are given, it must be one of them");
        }
        return CutText.parse(CUT, stream, text);
    }
}
