package io.strandline.processing.group.impl.feed;

import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.impl.state.GroupDecisions;
import io.strandline.processing.group.impl.state.GroupNames;
import io.strandline.processing.group.impl.state.GroupRetention;
import io.strandline.processing.group.impl.state.GroupStore;
import io.strandline.processing.group.impl.state.Settings;
import io.strandline.spi.LogPort;
import java.util.List;

/**
 * The environment of a reader: its group, and the objects with which it reads and decides.
 *
 * @param settings the options of the group, which may change
 * @param streams the group's streams, by index
 */
public record GroupPlace(
        Strandline log,
        GroupStore store,
        GroupDecisions decisions,
        Settings settings,
        List<StreamName> streams,
        GroupRuntime runtime) {

    public String group() {
        return decisions.group();
    }

    /** The options that the group uses now. */
    public GroupOptions options() {
        return settings.now();
    }

    /** Number of the log's opening, or 0 if unknown. */
    public long opening() {
        LogPort port = LogPort.of(log);
        return port == null ? LogPort.UNKNOWN_OPENING : port.opening();
    }

    /** What retention by consumption knows of the group. */
    public GroupRetention retention() {
        return new GroupRetention(log.catalog(), store, group(), streams);
    }

    /** The stream that takes parked events. */
    public ParkingStream parking() {
        String named = options().getParkingStream();
        StreamName stream = named == null ? GroupNames.parking(StreamName.parse(group())) : StreamName.parse(named);
        return new ParkingStream(log, stream, group());
    }
}
