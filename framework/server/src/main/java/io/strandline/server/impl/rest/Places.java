package io.strandline.server.impl.rest;

import io.strandline.Appended;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where events were appended, as a client gets it: consecutive events of a partition are one entry.
 *
 * <pre>{@code
 * {"events": 3, "duplicates": 0, "places": [{"partition": 1, "offset": 17, "count": 2}, {"partition": 2, "offset": 5, "count": 1}]}
 * }</pre>
 */
final class Places {

    private Places() {}

    private static final class Run {
        private final long partition;
        private final long offset;
        private long count = 1;

        Run(Appended first) {
            this.partition = first.partition();
            this.offset = first.offset();
        }

        boolean takes(Appended next) {
            return next.offset() == offset + count;
        }
    }

    static JsonObject schema() {
        return Schemas.object(Map.of(
                "events", Schemas.whole(0),
                "duplicates", Schemas.whole(0),
                "places",
                        Schemas.listOf(Schemas.object(Map.of(
                                "partition", Schemas.whole(0),
                                "offset", Schemas.whole(0),
                                "count", Schemas.whole(1))))));
    }

    static JsonObject of(List<Appended> appended) {
        Map<Long, Run> last = new HashMap<>();
        List<Run> runs = new ArrayList<>();
        int duplicates = 0;
        for (Appended each : appended) {
            duplicates += each.duplicate() ? 1 : 0;
            Run run = last.get(each.partition());
            if (run != null && run.takes(each)) {
                run.count++;
            } else {
                Run next = new Run(each);
                last.put(each.partition(), next);
                runs.add(next);
            }
        }
        JsonArray places = new JsonArray();
        runs.forEach(run -> places.add(new JsonObject()
                .put("partition", run.partition)
                .put("offset", run.offset)
                .put("count", run.count)));
        return new JsonObject()
                .put("events", appended.size())
                .put("duplicates", duplicates)
                .put("places", places);
    }

    /** As {@link #of}, of events that were appended together. */
    static JsonObject of(Appended first, int count) {
        return new JsonObject()
                .put("events", count)
                .put("duplicates", first.duplicate() ? count : 0)
                .put(
                        "places",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("partition", first.partition())
                                        .put("offset", first.offset())
                                        .put("count", count)));
    }
}
