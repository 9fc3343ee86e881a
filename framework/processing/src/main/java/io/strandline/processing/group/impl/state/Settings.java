package io.strandline.processing.group.impl.state;

import io.strandline.processing.group.GroupOptions;

/** The options of a group as one reader knows them. The group's state may bring other options at any time. */
public final class Settings {

    private GroupOptions options;
    private String text;

    public Settings(GroupOptions options) {
        this.options = options;
        this.text = options.toJson().encode();
    }

    public GroupOptions now() {
        return options;
    }

    /** Applies the options of a state. Returns true if they differ from the previous ones. */
    public boolean follow(GroupState state) {
        String newest = state.options();
        if (newest == null || newest.equals(text)) {
            return false;
        }
        text = newest;
        options = StoredSettings.read(newest);
        return true;
    }
}
