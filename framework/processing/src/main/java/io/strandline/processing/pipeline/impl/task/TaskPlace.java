package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventRecord;
import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineStatus.Place;
import io.strandline.spi.UserCode;
import org.jspecify.annotations.Nullable;

/** Where a task is, in numbers and in the words of its failures. Belongs to the task's context. */
final class TaskPlace {

    private final Pipeline pipeline;
    private final long partition;

    private @Nullable EventRecord<?> atHand;
    private long offset;
    private long step;

    TaskPlace(Pipeline pipeline, long partition, long offset, long step) {
        this.pipeline = pipeline;
        this.partition = partition;
        this.offset = offset;
        this.step = step;
    }

    /** The event that is being processed, or waits for another attempt. */
    @Nullable
    EventRecord<?> atHand() {
        return atHand;
    }

    Pipeline pipeline() {
        return pipeline;
    }

    /** Id of the partition. */
    long partition() {
        return partition;
    }

    /** Offset of the next event. */
    long offset() {
        return offset;
    }

    /** Number of the next step. */
    long step() {
        return step;
    }

    void take(@Nullable EventRecord<?> event) {
        atHand = event;
    }

    void eventDone() {
        atHand = null;
        offset++;
    }

    void stepDone() {
        step++;
    }

    Place place() {
        EventRecord<?> record = atHand;
        return new Place(partition, offset, step, record == null ? null : record.key());
    }

    // ---- in words

    /** The event that is to blame. An output that was refused later comes from this event or from one before it. */
    String where() {
        EventRecord<?> record = atHand;
        String at = pipeline.source() + " partition " + partition + " offset " + offset;
        return record == null
                ? pipeline + " at or before " + at
                : pipeline + " at " + at + " (key " + record.key() + ")";
    }

    /** A step has thrown this. What has no more room is no fault of the event. */
    StrandlineException failed(Throwable thrown) {
        String what = "the step of " + where() + " failed";
        return thrown instanceof StrandlineException.Overloaded
                ? new StrandlineException.Overloaded(what + ": " + thrown.getMessage())
                : UserCode.refused(what, thrown);
    }

    /** An output was refused with this. */
    Throwable refused(Throwable cause) {
        if (cause instanceof StrandlineException.Invalid) {
            return new StrandlineException.Invalid(
                    "an output of " + where() + " was refused: " + cause.getMessage(), cause);
        }
        return cause instanceof StrandlineException.Conflict
                ? new StrandlineException.Conflict(pipeline
                        + " is not deterministic, or was changed without a new version:"
                        + " at step " + step + " of " + pipeline.source() + " partition " + partition + ", offset "
                        + offset + ", " + cause.getMessage())
                : cause;
    }

    StrandlineException.Invalid undecodable(EventRecord<?> record, Undecodable event) {
        Throwable cause = event.cause();
        return new StrandlineException.Invalid(
                "event of type " + record.type() + " at offset " + offset + " of partition " + partition + " of "
                        + pipeline.source() + " cannot be decoded: " + cause.getMessage(),
                cause);
    }

    /** Another event came than the next. */
    StrandlineException.Corrupt unexpected(EventRecord<?> record) {
        return new StrandlineException.Corrupt(pipeline + " expected offset " + offset + " of " + pipeline.source()
                + " partition " + partition + " and was handed offset " + record.offset());
    }

    StrandlineException.Invalid pastEnd() {
        return new StrandlineException.Invalid("the cut is past offset " + offset + ", at which partition " + partition
                + " of " + pipeline.source() + " is sealed");
    }
}
