package io.strandline.processing.group;

import io.strandline.StreamCut;
import io.strandline.StreamName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A durable, named cut through all streams of a group, at which all its readers have met. Every event before it was
 * processed. Events after it may have been processed too by the time it is complete, because readers do not wait for each
 * other. A reader that goes on from it gets those events again.
 *
 * @param name its name in the group
 * @param complete false while some reader has not noted its positions
 * @param cuts stream → cut. For a checkpoint in progress, the positions noted so far
 */
public record GroupCheckpoint(String name, boolean complete, SortedMap<StreamName, StreamCut> cuts) {

    public GroupCheckpoint {
        cuts = Collections.unmodifiableSortedMap(new TreeMap<>(cuts));
    }
}
