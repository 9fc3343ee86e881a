package io.strandline.command;

import io.strandline.EventWriter;
import io.strandline.NewEvent;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.client.operation.Payload;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Appends parked events of a group to their streams once more, with their keys, types and headers, as a server does. For a log that is
 * open in this process. The writers are those of one replay, and belong to its context.
 */
final class ParkedAppends {

    private final Strandline log;
    private final Map<StreamName, Future<EventWriter<Payload>>> writers = new HashMap<>();

    private ParkedAppends(Strandline log) {
        this.log = log;
    }

    /** Replays events on the current context. Completes with their number. See {@link ReaderGroup#replay}. */
    static Future<Integer> replay(Strandline log, ReaderGroup group, List<Long> ids) {
        ParkedAppends appends = new ParkedAppends(log);
        return group.replay(ids, Payload.CODEC, appends::append).eventually(appends::end);
    }

    private Future<?> append(GroupEvent<Payload> event) {
        NewEvent<Payload> again = new NewEvent<>(
                event.record().key(), event.event(), event.record().headers(), null);
        return writers.computeIfAbsent(event.stream(), name -> log.createWriter(name.toString(), Payload.CODEC))
                .compose(writer -> writer.append(again));
    }

    /** What was appended is durable already, so a writer that does not end in good order changes nothing. */
    private Future<Void> end() {
        List<Future<Void>> ends = new ArrayList<>();
        writers.values().forEach(opened -> ends.add(opened.compose(EventWriter::end)));
        return Future.join(ends).transform(ended -> Future.succeededFuture());
    }
}
