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
 * <p>Appends of requests to one stream, or of one id, keep the order of the requests for each key.
 *
 * <p>A writer that was kept may be of a stream that was deleted and created again, or may be fenced by another process that appends under
 * the same id. So what fails with NotFound or Fenced is done once more with a new writer. That repeats nothing: none of the events
 * was appended, or the log drops those that it has by their sequence.
 */
final class StreamWriters {

    private final Strandline log;
    private final int most;
    private final LinkedHashMap<Place, Open> open = new LinkedHashMap<>(16, 0.75f, true);
    private boolean isClosed;

    /** @param id id of the writer, empty for none */
    private record Place(StreamName stream, String id) {}

    /** A writer that is open, or about to be. */
    private static final class Open {
        private final Future<EventWriter<Payload>> writer;
        /** The highest sequence that it was given. */
        private Sequence last = Sequence.NONE;

        Open(Future<EventWriter<Payload>> writer) {
            this.writer = writer;
        }
    }

    StreamWriters(Strandline log, int most) {
        this.log = log;
        this.most = most;
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
            reopen(place, known);
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
        note(used, last);
        Future<T> done = used.writer.compose(append);
        if (kept == null) {
            return done;
        }
        return done.recover(failure -> {
            if (!isOfOldWriter(failure)) {
                return Future.failedFuture(failure);
            }
            forget(place, used);
            Open present = open.get(place);
            Open next = present == null ? open(place) : present;
            note(next, last);
            return next.writer.compose(append);
        });
    }

    private static void note(Open used, Sequence last) {
        if (last.compareTo(used.last) > 0) {
            used.last = last;
        }
    }

    private static boolean isOfOldWriter(Throwable failure) {
        return failure instanceof StrandlineException.NotFound || failure instanceof StrandlineException.Fenced;
    }

    // ---- writers

    private Open open(Place place) {
        Open made = new Open(create(place));
        keep(place, made);
        return made;
    }

    /** Opens a writer after its predecessor of the same id has appended what it was given. */
    private void reopen(Place place, Open predecessor) {
        Future<Void> ended = predecessor.writer.compose(EventWriter::end);
        keep(place, new Open(ended.transform(over -> create(place))));
    }

    private Future<EventWriter<Payload>> create(Place place) {
        if (isClosed) {
            return Future.failedFuture(new StrandlineException.Unavailable("the server stops"));
        }
        WriterOptions options = new WriterOptions();
        if (!place.id.isEmpty()) {
            options.setId(place.id);
        }
        return log.createWriter(place.stream.toString(), Payload.CODEC, options);
    }

    private void keep(Place place, Open made) {
        open.put(place, made);
        made.writer.onComplete((writer, failure) -> {
            if (writer == null) {
                forget(place, made);
            } else {
                writer.exceptionHandler(failed -> forget(place, made));
            }
        });
        Iterator<Map.Entry<Place, Open>> eldest = open.entrySet().iterator();
        while (open.size() > most && eldest.hasNext()) {
            Open old = eldest.next().getValue();
            eldest.remove();
            old.writer.compose(EventWriter::end);
        }
    }

    /** Flushes and closes all. Later appends fail with Unavailable. */
    Future<Void> close() {
        isClosed = true;
        List<Future<Void>> ended = new ArrayList<>();
        List<Open> last = List.copyOf(open.values());
        open.clear();
        last.forEach(each -> ended.add(each.writer.compose(EventWriter::end)));
        return Future.join(ended).transform(over -> Future.succeededFuture());
    }

    private void forget(Place place, Open which) {
        open.remove(place, which);
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
