package io.strandline.processing.group.impl.state;

import io.strandline.processing.group.GroupOptions;
import io.vertx.core.json.JsonObject;

/** The options of a group as its state keeps them: as JSON, with the names that they had when it was written. */
public final class StoredSettings {

    private StoredSettings() {}

    /** Reads the options that a state keeps, of this release or an earlier one. */
    public static GroupOptions read(String text) {
        JsonObject options = new JsonObject(text);
        Object interval = options.remove("checkpointIntervalMillis");
        if (interval != null) {
            options.put("commitIntervalMillis", interval);
        }
        return new GroupOptions(options);
    }
}
