package io.strandline.server.impl.operation;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.client.operation.Payload;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The writers of one context: one for each stream, and one for each id that callers give. They are kept open for the next request, up to a
 * number, and beyond it the one that was used least recently is flushed and closed. Belongs to the context.
 *
 * <p>Appends of requests to one stream, or of one id, keep the order of the requests for each key. So the next writer of a place is opened
 * when the one before has ended: with an id it would fence what that one still appends, and the log would take the repeats for duplicates.
 *
 * <p>A writer that was kept may be of a stream that was deleted and created again, or may be fenced by another process that appends under
 * the same id. So what fails with NotFound or Fenced is done once more with a new writer. That repeats nothing: none of the events
 * was appended, or the log drops those that it has by their sequence.
 */
final class StreamWriters {

    private final Strandline log;
    private final Stays stays;
    /** None after the end: what still comes to a writer with an id opens it for itself. */
    private int most;

    private final LinkedHashMap<Place, Open> open = new LinkedHashMap<>(16, 0.75f, true);
    /** When the last writer of a place that is no longer kept has appended what it was given. */
    private final Map<Place, Future<Void>> ending = new HashMap<>();

    /** @param id id of the writer, empty for none */
    private record Place(StreamName stream, String id) {}

    /** Hears from when to when a writer with an id may append. */
    interface Stays {

        /** A writer is about to be opened. */
        void begin(StreamName stream, String id);

        /** It has ended, or could not be opened. Called once for each beginning. */
        void end(StreamName stream, String id);
    }

    /** A writer that is open, or about to be. */
    private static final class Open {
        private final Future<EventWriter<Payload>> writer;
        /** The highest sequence that it was given. */
        private Sequence last = Sequence.NONE;

        Open(Future<EventWriter<Payload>> writer) {
            this.writer = writer;
        }
    }

    StreamWriters(Strandline log, int most, Stays stays) {
        this.log = log;
        this.most = most;
        this.stays = stays;
    }

    // ---- requests

    /** Appends events without sequences. Completes when all are durable. */
    Future<List<Appended>> append(StreamName stream, List<NewEvent<Payload>> events) {
        return attempt(new Place(stream, ""), writer -> all(writer, events));
    }

    /** Appends events of one key together. */
    Future<Appended> together(StreamName stream, Function<EventWriter<Payload>, Future<Appended>> append) {
        return attempt(new Place(stream, ""), writer -> {
            requireRoom(writer);
            return append.apply(writer);
        });
    }

    /** Appends events under the sequences of a writer with an id. The log drops those that it has. */
    Future<List<Appended>> appendNumbered(StreamName stream, String id, List<NewEvent<Payload>> events) {
        Place place = new Place(stream, id);
        Sequence first = sequence(events.get(0));
        Open known = open.get(place);
        if (known != null && first.compareTo(known.last) <= 0) {
            // A repeat. A writer learns what the log has when it is opened.
            forget(place, known);
        }
        return attempt(place, writer -> all(writer, events), sequence(events.get(events.size() - 1)));
    }

    private static Sequence sequence(NewEvent<Payload> event) {
        Sequence sequence = event.sequence();
        return sequence == null ? Sequence.NONE : sequence;
    }

    private <T> Future<T> attempt(Place place, Function<EventWriter<Payload>, Future<T>> append) {
        return attempt(place, append, Sequence.NONE);
    }

    private <T> Future<T> attempt(Place place, Function<EventWriter<Payload>, Future<T>> append, Sequence last) {
        Open kept = open.get(place);
        Open used = kept == null ? open(place) : kept;
        Future<T> done = append(used, append, last);
        if (kept == null) {
            return done;
        }
        return done.recover(failure -> {
            if (!isOfOldWriter(failure)) {
                return Future.failedFuture(failure);
            }
            forget(place, used);
            Open present = open.get(place);
            return append(present == null ? open(place) : present, append, last);
        });
    }

    private <T> Future<T> append(Open used, Function<EventWriter<Payload>, Future<T>> append, Sequence last) {
        if (last.compareTo(used.last) > 0) {
            used.last = last;
        }
        Future<T> done = used.writer.compose(append);
        keepWithin(most);
        return done;
    }

    private static boolean isOfOldWriter(Throwable failure) {
        return failure instanceof StrandlineException.NotFound || failure instanceof StrandlineException.Fenced;
    }

    // ---- writers

    /** Opens a writer after its predecessor of the same place has appended what it was given. */
    private Open open(Place place) {
        if (!place.id.isEmpty()) {
            stays.begin(place.stream, place.id);
        }
        Future<Void> predecessor = ending.get(place);
        Open made = new Open(predecessor == null ? create(place) : predecessor.compose(over -> create(place)));
        open.put(place, made);
        made.writer.onComplete((writer, failure) -> {
            if (writer == null) {
                forget(place, made);
            } else {
                writer.exceptionHandler(failed -> forget(place, made));
            }
        });
        return made;
    }

    private Future<EventWriter<Payload>> create(Place place) {
        WriterOptions options = new WriterOptions();
        if (!place.id.isEmpty()) {
            options.setId(place.id);
        }
        return log.createWriter(place.stream.toString(), Payload.CODEC, options);
    }

    private void keepWithin(int most) {
        Iterator<Map.Entry<Place, Open>> eldest = open.entrySet().iterator();
        while (open.size() > most && eldest.hasNext()) {
            Map.Entry<Place, Open> old = eldest.next();
            eldest.remove();
            end(old.getKey(), old.getValue());
        }
    }

    private void forget(Place place, Open which) {
        if (open.remove(place, which)) {
            end(place, which);
        }
    }

    /** Ends a writer that is no longer kept, after what it was given. */
    private void end(Place place, Open which) {
        Future<Void> ended = which.writer.compose(EventWriter::end).transform(over -> Future.succeededFuture());
        ending.put(place, ended);
        ended.onComplete(over -> {
            ending.remove(place, ended);
            if (!place.id.isEmpty()) {
                stays.end(place.stream, place.id);
            }
        });
    }

    /** Flushes and closes all. Whatever comes later has a writer that ends after it. */
    Future<Void> close() {
        most = 0;
        keepWithin(most);
        return Future.join(List.copyOf(ending.values())).transform(over -> Future.succeededFuture());
    }

    // ---- appends

    private static void requireRoom(EventWriter<Payload> writer) {
        if (writer.writeQueueFull()) {
            StrandlineException failed = writer.firstFailure();
            if (failed instanceof StrandlineException.Fenced || failed instanceof StrandlineException.NotFound) {
                throw failed;
            }
            throw new StrandlineException.Overloaded(
                    "too many bytes of appends to " + writer.stream() + " wait for the log");
        }
    }

    private static Future<List<Appended>> all(EventWriter<Payload> writer, List<NewEvent<Payload>> events) {
        requireRoom(writer);
        List<Future<Appended>> appends = new ArrayList<>(events.size());
        events.forEach(event -> appends.add(writer.append(event)));
        return Future.join(appends).transform(joined -> outcome(appends));
    }

    /**
     * The places of all events, or one failure: Unknown if some are there, or may be. Otherwise that of the first event: none was appended, and
     * whoever asks may do it again.
     */
    private static Future<List<Appended>> outcome(List<Future<Appended>> appends) {
        List<Appended> places = new ArrayList<>(appends.size());
        Throwable first = null;
        Throwable inDoubt = null;
        int failed = 0;
        int firstAt = 0;
        for (int i = 0; i < appends.size(); i++) {
            Throwable failure = appends.get(i).cause();
            if (failure == null) {
                places.add(appends.get(i).result());
                continue;
            }
            if (first == null) {
                first = failure;
                firstAt = i;
            }
            if (inDoubt == null && isInDoubt(failure)) {
                inDoubt = failure;
            }
            failed++;
        }
        if (first == null) {
            return Future.succeededFuture(places);
        }
        if (failed < appends.size()) {
            return Future.failedFuture(some(first, firstAt, failed, appends.size()));
        }
        return Future.failedFuture(inDoubt == null ? first : inDoubt);
    }

    /** What other code has thrown says nothing of the log. */
    private static boolean isInDoubt(Throwable failure) {
        return failure instanceof StrandlineException.Unknown || !(failure instanceof StrandlineException);
    }

    private static StrandlineException some(@Nullable Throwable first, int at, int failed, int all) {
        return new StrandlineException.Unknown(failed + " of " + all + " events were not appended, the first is events["
                + at + "]: " + (first == null ? "" : first.getMessage()));
    }
}
