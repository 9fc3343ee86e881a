package io.strandline.processing.pipeline;

import io.strandline.Headers;
import org.jspecify.annotations.Nullable;

/**
 * An output for a handler ({@link Events#handle}).
 *
 * @param event what the operators have made
 * @param key the key at hand, or the one that the handler's key function gives. Null for none
 * @param headers of the source's event. {@link Headers#NONE} for a timer or the result of a window
 * @param time event time in milliseconds since the epoch, as {@link RecordContext#time}
 * @param position where it comes from
 * @param <E> event
 */
public record HandlerOutput<E>(E event, @Nullable String key, Headers headers, long time, Position position) {

    /**
     * Where an output comes from. No two outputs of one handler have the same position, and an output has the same position whenever it
     * is handed over, until the pipeline is deleted or begins without state ({@link Pipeline#reset}). Within a stage and partition they
     * rise with step and number.
     *
     * <p>After a crash, a new version with permission ({@link PipelineOptions#setVersionChangeAllowed}) hands over its own outputs under
     * positions at which the version before may have handed over others.
     *
     * @param stage name of the stage, as in {@link PipelineDescription.Task}
     * @param partition of the stream that the stage reads
     * @param offset of the event, or of the next event for a timer or the result of a window
     * @param step number of the step in its partition
     * @param number of the output among those of its step for this handler, from 0 on
     */
    public record Position(String stage, long partition, long offset, long step, int number) {

        /** One text for each position: {@code stage/partition/step/number}. */
        public String id() {
            return stage + '/' + partition + '/' + step + '/' + number;
        }
    }
}
