package io.strandline.testkit.simulation.model;

import io.strandline.Appended;
import io.strandline.Sequence;
import io.strandline.testkit.simulation.model.AppendLedger.ReadEvent;
import io.strandline.testkit.simulation.model.AppendModel.KeyPosition;
import io.strandline.testkit.simulation.model.WriterModel.StreamLife;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares one stream as it was read with what applications appended to it. */
final class AppendCheck {

    private final Violations violations;
    private final StreamLife stream;
    private final Map<String, List<AppendModel>> byEvent;
    private final List<WriterModel> writers;
    private final Map<String, ReadEvent> found = new HashMap<>();
    private final Map<String, Long> newestOf = new HashMap<>();
    private final Map<String, Sequence> lastOf = new HashMap<>();

    /** @param byEvent text of an event → appends of it, more than one if it was repeated under its number */
    AppendCheck(
            Violations violations,
            StreamLife stream,
            Map<String, List<AppendModel>> byEvent,
            List<WriterModel> writers) {
        this.violations = violations;
        this.stream = stream;
        this.byEvent = byEvent;
        this.writers = writers;
    }

    /** @param events of all partitions, each in order, and predecessors before their successors */
    void run(List<ReadEvent> events) {
        for (ReadEvent event : events) {
            take(event);
        }
        for (WriterModel writer : writers) {
            if (writer.stream().equals(stream)) {
                requirePresence(writer);
                requireNoneAfterFailure(writer);
            }
        }
        for (ReadEvent event : events) {
            AppendModel append = newest(event);
            if (append != null && append.events().get(0).equals(event.text())) {
                requireCondition(append, event, events);
            }
        }
    }

    private @Nullable AppendModel newest(ReadEvent event) {
        List<AppendModel> appends = byEvent.getOrDefault(event.text(), List.of());
        return appends.isEmpty() ? null : appends.get(appends.size() - 1);
    }

    // ---- what is there

    private void take(ReadEvent event) {
        List<AppendModel> appends = byEvent.get(event.text());
        if (appends == null) {
            violations.report(Invariant.NOTHING_INVENTED, "nobody appended " + event);
            return;
        }
        AppendModel append = appends.get(appends.size() - 1);
        ReadEvent other = found.put(event.text(), event);
        violations.require(other == null, Invariant.NO_DUPLICATE, () -> event + " is also " + other + ": " + append);
        violations.require(
                append.writer().stream().equals(stream),
                Invariant.NOTHING_INVENTED,
                () -> event + " was for " + append.writer().stream() + " and is in " + stream + ": " + append);
        violations.require(
                Objects.equals(append.key(), event.key()),
                Invariant.NOTHING_INVENTED,
                () -> event + " has another key: " + append);
        violations.require(
                appends.stream().anyMatch(AppendModel::mayBeThere),
                Invariant.REFUSALS_ARE_TRUE,
                () -> event + " is there, though it was refused: " + append);
        appends.forEach(one -> requirePlace(one, event));
        requireOrder(append, event);
    }

    private void requirePlace(AppendModel append, ReadEvent event) {
        Appended place = append.place();
        if (place != null && !place.duplicate()) {
            long offset = place.offset() + append.events().indexOf(event.text());
            violations.require(
                    place.partition() == event.partition() && offset == event.offset(),
                    Invariant.ACKED_IS_DURABLE,
                    () -> event + " was acknowledged elsewhere: " + append);
        }
    }

    private void requireOrder(AppendModel append, ReadEvent event) {
        WriterModel writer = append.writer();
        String inPartition = writer.identity() + "/" + event.partition();
        String inKey = writer.identity() + "#" + event.key();
        Sequence sequence = append.sequence();
        if (sequence != null) {
            // Slots of a partition each have their own numbers, so that only those of a key rise.
            if (event.key() != null) {
                requireRising(inKey, sequence, append, event);
            }
            return;
        }
        requireNewer(inPartition, writer.admitted(), Invariant.FENCED_STAYS_FENCED, append, event);
        if (event.key() != null) {
            requireNewer(inKey, writer.admitted(), Invariant.FENCED_STAYS_FENCED, append, event);
            requireNewer(
                    "calls of " + writer + "#" + event.key(), append.called(), Invariant.WRITER_ORDER, append, event);
        }
    }

    private void requireRising(String place, Sequence sequence, AppendModel append, ReadEvent event) {
        Sequence last = lastOf.put(place, sequence);
        violations.require(
                last == null || last.compareTo(sequence) < 0,
                Invariant.NO_DUPLICATE,
                () -> event + " follows number " + last + ": " + append);
    }

    private void requireNewer(String place, long number, Invariant rule, AppendModel append, ReadEvent event) {
        Long last = newestOf.put(place, number);
        violations.require(
                last == null || last <= number, rule, () -> event + " follows a later one in " + place + ": " + append);
    }

    // ---- what must be there

    private void requirePresence(WriterModel writer) {
        for (AppendModel append : writer.appends()) {
            int there = 0;
            for (String event : append.events()) {
                there += found.containsKey(event) ? 1 : 0;
            }
            int count = there;
            violations.require(
                    !append.mustBeThere() || count > 0,
                    Invariant.ACKED_IS_DURABLE,
                    () -> "nothing is there of " + append);
            violations.require(
                    count == 0 || (count == append.events().size() && (!append.isWhole() || areNeighbours(append))),
                    Invariant.BATCH_IS_WHOLE,
                    () -> count + " events are there of the " + append.events().size() + " of " + append);
        }
    }

    private boolean areNeighbours(AppendModel append) {
        ReadEvent before = null;
        for (String text : append.events()) {
            ReadEvent event = found.get(text);
            boolean follows = event != null
                    && (before == null
                            || (event.partition() == before.partition() && event.offset() == before.offset() + 1));
            if (!follows) {
                return false;
            }
            before = event;
        }
        return true;
    }

    /** What was called while an earlier append of its key was on its way to fail has failed too. */
    private void requireNoneAfterFailure(WriterModel writer) {
        Map<String, AppendModel> failed = new HashMap<>();
        for (AppendModel append : writer.appends()) {
            String key = append.key();
            if (key == null) {
                continue;
            }
            AppendModel before = failed.get(key);
            boolean isNew = append.place() != null && !append.place().duplicate();
            violations.require(
                    before == null || append.called() > before.answered() || !isNew,
                    Invariant.WRITER_ORDER,
                    () -> append + " was called before this one failed: " + before);
            if (append.stopsLater() && (before == null || before.answered() < append.answered())) {
                failed.put(key, append);
            }
        }
    }

    // ---- conditions

    private void requireCondition(AppendModel append, ReadEvent first, List<ReadEvent> events) {
        violations.require(
                append.expectedOffset() < 0 || append.expectedOffset() == first.offset(),
                Invariant.CONDITIONS_HELD,
                () -> first + " was to be at offset " + append.expectedOffset() + ": " + append);
        KeyPosition since = append.unchangedSince();
        if (since == null) {
            return;
        }
        for (ReadEvent event : events) {
            boolean isBetween = event.partition() == first.partition()
                    && event.offset() < first.offset()
                    && event.offset() >= since.offset();
            violations.require(
                    first.partition() == since.partition() && !(isBetween && append.restsOn(event.key())),
                    Invariant.CONDITIONS_HELD,
                    () -> first + " rests on " + since + ", and there is " + event + ": " + append);
        }
    }
}
