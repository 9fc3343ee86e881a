package io.strandline.processing.pipeline;

import io.strandline.StreamCut;
import io.strandline.StreamName;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a pipeline was switched from one version to another ({@link RunningPipeline#switchTo}). Readers of the outputs move over by
 * it.
 *
 * @param from the version that has ended
 * @param to the version that goes on
 * @param position in the source, of several in the first: the version that has ended processed every event before it, and none after
 * @param positions the same for each source
 * @param formerSinks for each sink of the version that has ended its end at that time, before which are all outputs of the events before
 *     the positions
 * @param sinks for each sink of the version that goes on a cut before which are all outputs of the events before the positions. Some of
 *     later events may be before it, too, because that version did not wait. A reader that must miss none begins at an earlier cut
 */
public record PipelineSwitch(
        int from,
        int to,
        StreamCut position,
        SortedMap<StreamName, StreamCut> positions,
        SortedMap<StreamName, StreamCut> formerSinks,
        SortedMap<StreamName, StreamCut> sinks) {

    public PipelineSwitch {
        positions = Collections.unmodifiableSortedMap(new TreeMap<>(positions));
        formerSinks = Collections.unmodifiableSortedMap(new TreeMap<>(formerSinks));
        sinks = Collections.unmodifiableSortedMap(new TreeMap<>(sinks));
    }
}
