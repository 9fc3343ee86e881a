package io.strandline.processing.group;

import io.strandline.Strandline;
import io.strandline.StreamName;
import java.util.List;

/**
 * Where a reader stands: its group, and what it reads and decides with.
 *
 * @param streams the group's streams, by index
 */
record GroupPlace(
        Strandline log,
        GroupStore store,
        GroupDecisions decisions,
        GroupOptions options,
        List<StreamName> streams,
        GroupRuntime runtime) {

    String group() {
        return decisions.group();
    }

    /** The stream that takes parked events. */
    StreamName parking() {
        String named = options.getParkingStream();
        return StreamName.parse(named == null ? group() + "-parked" : named);
    }
}
