package io.strandline.client.operation;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.SplittableRandom;

/** Changes one value of a document. */
final class JsonDamage {

    private static final Object[] OTHERS = {
        "",
        "text",
        0,
        -1,
        1L << 62,
        0.5,
        1e300,
        true,
        new JsonObject(),
        new JsonArray(),
        new JsonArray().add(1),
        "\ud800"
    };

    private JsonDamage() {}

    static void damage(JsonObject json, SplittableRandom random) {
        List<String> names = List.copyOf(json.fieldNames());
        int at = random.nextInt(names.size() + 1);
        if (at == names.size()) {
            json.put("field" + at, 1);
            return;
        }
        String name = names.get(at);
        Object value = json.getValue(name);
        if (random.nextInt(3) > 0 && value instanceof JsonObject inner && !inner.isEmpty()) {
            damage(inner, random);
        } else if (random.nextInt(3) > 0 && value instanceof JsonArray inner && !inner.isEmpty()) {
            damage(inner, random);
        } else if (random.nextInt(4) == 0) {
            json.remove(name);
        } else {
            json.put(name, other(random));
        }
    }

    private static void damage(JsonArray json, SplittableRandom random) {
        int at = random.nextInt(json.size());
        Object value = json.getValue(at);
        if (random.nextInt(3) > 0 && value instanceof JsonObject inner && !inner.isEmpty()) {
            damage(inner, random);
        } else if (random.nextInt(4) == 0) {
            json.remove(at);
        } else {
            json.set(at, other(random));
        }
    }

    private static Object other(SplittableRandom random) {
        return OTHERS[random.nextInt(OTHERS.length)];
    }
}
