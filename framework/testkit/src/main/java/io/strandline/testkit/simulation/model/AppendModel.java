package io.strandline.testkit.simulation.model;

import io.strandline.Appended;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One append of an application: one event, or an atomic batch. */
public final class AppendModel {

    /** What the application knows of it. */
    public enum Status {
        /** It waits for an answer, or its application is gone. */
        OPEN,
        ACKED,
        /** It may have been taken. */
        UNKNOWN,
        REFUSED
    }

    private final WriterModel writer;
    private final long called;
    private final @Nullable String key;
    private final List<String> events;
    private final boolean whole;
    private @Nullable Sequence sequence;
    private long expectedOffset = -1;
    private @Nullable KeyPosition unchangedSince;
    private List<String> otherKeys = List.of();
    private Status status = Status.OPEN;
    private long answered = Long.MAX_VALUE;
    private boolean stopsLater;
    private @Nullable Appended place;

    /** Position up to which a key was known: an offset in its partition. */
    public record KeyPosition(long partition, long offset) {}

    /**
     * An append that was just called.
     *
     * @param called number of the call among all calls and answers
     * @param events texts of the events, which no other append has, unless it repeats this one under its number
     * @param whole true for an atomic batch
     */
    AppendModel(WriterModel writer, long called, @Nullable String key, List<String> events, boolean whole) {
        this.writer = writer;
        this.called = called;
        this.key = key;
        this.events = List.copyOf(events);
        this.whole = whole;
    }

    /** It has a number of the application. */
    public AppendModel numbered(Sequence own) {
        sequence = own;
        return this;
    }

    /** It is to be appended at an offset of its key's partition alone. */
    public AppendModel expecting(long offset) {
        expectedOffset = offset;
        return this;
    }

    /** It is to be appended only if its key has nothing new. */
    public AppendModel unchangedSince(KeyPosition position) {
        unchangedSince = position;
        return this;
    }

    /** It is to be appended only if other keys have nothing new after the same position. */
    public AppendModel unchangedToo(List<String> others) {
        otherKeys = List.copyOf(others);
        return this;
    }

    void answered(long number, @Nullable Appended appended, @Nullable Throwable failure) {
        answered = number;
        place = appended;
        if (failure == null) {
            status = Status.ACKED;
        } else {
            status = failure instanceof StrandlineException.Unknown ? Status.UNKNOWN : Status.REFUSED;
            stopsLater = !(failure instanceof StrandlineException.Invalid
                    || failure instanceof StrandlineException.Conflict);
        }
    }

    public WriterModel writer() {
        return writer;
    }

    public long called() {
        return called;
    }

    public @Nullable String key() {
        return key;
    }

    public List<String> events() {
        return events;
    }

    boolean isWhole() {
        return whole;
    }

    @Nullable
    Sequence sequence() {
        return sequence;
    }

    long expectedOffset() {
        return expectedOffset;
    }

    @Nullable
    KeyPosition unchangedSince() {
        return unchangedSince;
    }

    /** Whether a key must have nothing new. */
    boolean restsOn(@Nullable String read) {
        return read != null && (read.equals(key) || otherKeys.contains(read));
    }

    public Status status() {
        return status;
    }

    /** Number of the answer among all calls and answers. */
    long answered() {
        return answered;
    }

    /** True if it failed in a way that fails what was called after it and before its answer. */
    boolean stopsLater() {
        return stopsLater;
    }

    /** Where it is, as it was answered. Null if it was not acknowledged. */
    @Nullable
    Appended place() {
        return place;
    }

    /** True if its events may be in the log. */
    boolean mayBeThere() {
        return status != Status.REFUSED;
    }

    /** True if its events must be in the log. */
    boolean mustBeThere() {
        return status == Status.ACKED && writer.isForced();
    }

    @Override
    public String toString() {
        return events.get(0) + (events.size() > 1 ? " and " + (events.size() - 1) + " more" : "")
                + " of " + writer + (key == null ? " without key" : " for " + key) + ", " + status
                + (place == null ? "" : " at " + place);
    }
}
