package io.strandline.processing.group;

import io.vertx.core.json.JsonObject;

/** The options that a group goes by, as one reader knows them. The group's state may bring others at any time. */
final class Settings {

    private GroupOptions options;
    private String text;

    Settings(GroupOptions options) {
        this.options = options;
        this.text = options.toJson().encode();
    }

    GroupOptions now() {
        return options;
    }

    /** Takes over what a state says; true if that is something else than before. */
    boolean follow(GroupState state) {
        String newest = state.options();
        if (newest == null || newest.equals(text)) {
            return false;
        }
        text = newest;
        options = new GroupOptions(new JsonObject(newest));
        return true;
    }
}
