package io.strandline.testkit.simulation.model;

import io.strandline.Appended;
import io.strandline.StrandlineException;
import io.strandline.testkit.simulation.model.WriterModel.StreamLife;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that applications appended by writers, and what they were answered. */
public final class AppendLedger {

    private final Violations violations;
    private final List<WriterModel> writers = new ArrayList<>();
    private final Map<String, List<AppendModel>> byEvent = new HashMap<>();
    private long number;
    private long acked;
    private long unknown;
    private long refused;
    private long fingerprint = 17;

    public AppendLedger(Violations violations) {
        this.violations = violations;
    }

    /**
     * A writer was admitted, after everything that was answered until now.
     *
     * @param asked the moment at which it was asked for
     */
    public WriterModel admitted(String name, StreamLife stream, @Nullable String identity, long asked, boolean forced) {
        WriterModel writer = new WriterModel(name, stream, identity, asked, ++number, forced);
        writers.add(writer);
        return writer;
    }

    /** An append is called. */
    public AppendModel called(WriterModel writer, @Nullable String key, List<String> events, boolean whole) {
        AppendModel append = new AppendModel(writer, ++number, key, events, whole);
        writer.appends().add(append);
        for (String event : events) {
            byEvent.computeIfAbsent(event, none -> new ArrayList<>()).add(append);
        }
        return append;
    }

    /** It was answered. */
    public void answered(AppendModel append, @Nullable Appended place, @Nullable Throwable failure) {
        append.answered(++number, place, failure);
        fingerprint = 31 * fingerprint + append.toString().hashCode();
        switch (append.status()) {
            case ACKED -> acked++;
            case UNKNOWN -> unknown++;
            default -> refused++;
        }
        requireOwn(failure, append::toString);
    }

    /** What a call of a writer fails with is an answer of the log, perhaps because of its disk. */
    public void requireOwn(@Nullable Throwable failure, Supplier<String> what) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            Throwable fault = cause;
            if (!(fault instanceof StrandlineException || fault instanceof IOException)) {
                violations.report(Invariant.FAILURES_ARE_THE_LOGS, what.get() + " failed by " + fault, fault);
            }
        }
    }

    /** A moment among all calls and answers. */
    public long moment() {
        return ++number;
    }

    /** A claim was proven after a moment. */
    public void proven(WriterModel writer, long called) {
        for (WriterModel other : writers) {
            violations.require(
                    other.asked() <= writer.admitted()
                            || other.admitted() >= called
                            || !other.identity().equals(writer.identity())
                            || !other.stream().equals(writer.stream()),
                    Invariant.FENCED_STAYS_FENCED,
                    () -> writer + " passed a barrier, though " + other + " had claimed its partition before");
        }
    }

    /**
     * A flush that was called at a moment has completed.
     *
     * @param counted appends that have failed by now, as the writer says
     */
    public void flushed(WriterModel writer, long called, long counted) {
        long failed = writer.appends().stream()
                .filter(append ->
                        append.status() == AppendModel.Status.UNKNOWN || append.status() == AppendModel.Status.REFUSED)
                .count();
        violations.require(
                counted == failed,
                Invariant.FAILURES_ARE_COUNTED,
                () -> writer + " counts " + counted + " failed appends, " + failed + " have failed");
        for (AppendModel append : writer.appends()) {
            violations.require(
                    append.called() > called || append.status() != AppendModel.Status.OPEN,
                    Invariant.FLUSHED_IS_ANSWERED,
                    () -> "a flush completed before " + append);
        }
    }

    /** Appends that were acknowledged. */
    public long acked() {
        return acked;
    }

    /** Appends whose outcome stayed unknown. */
    public long unknown() {
        return unknown;
    }

    /** Appends that were refused. */
    public long refused() {
        return refused;
    }

    /** Differs between runs that answered differently. */
    public long fingerprint() {
        return fingerprint;
    }

    /** Compares a stream, read in full, with what was appended to it. */
    public void check(StreamLife stream, List<ReadEvent> events) {
        new AppendCheck(violations, stream, byEvent, writers).run(events);
    }

    /** An event as it was read. */
    public record ReadEvent(
            long partition, long offset, @Nullable String key, String text) {}
}
