package io.strandline.sync.log;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Appends to the stream of one name where it is said to end, and judges refusals: which call may be decided again, on a
 * history that was renewed, and which one fails.
 *
 * <p>Belongs to the home context.
 */
final class NameWriter {

    /** Every event of a stream has this routing key, because there is one partition. */
    private static final String KEY = "";

    /** How often one call appends at the end after others have moved it meanwhile. */
    private static final int MAX_ROUNDS = 16;

    private final Strandline log;
    private final StreamName name;
    private final WriterOptions options;
    private final NameStream stream;
    private @Nullable EventWriter<Buffer> writer;

    NameWriter(Strandline log, StreamName name, WriterOptions options, NameStream stream) {
        this.log = log;
        this.name = name;
        this.options = options;
        this.stream = stream;
    }

    /** What one call has tried. */
    static final class Tries {
        private int rounds;
        private boolean looked;

        /** Whether the history has been renewed for this call. */
        boolean hasLooked() {
            return looked;
        }
    }

    /** Renews the history for a call. */
    Future<Void> look(Tries tries) {
        tries.looked = true;
        return stream.settle();
    }

    /**
     * Appends at an offset.
     *
     * @return true if the events are at that offset. False if the call has to be decided again, on a renewed history
     */
    Future<Boolean> appendAt(long offset, List<Buffer> events, Tries tries) {
        return writer().compose(open -> open.appendIf(KEY, events, offset))
                .map(true)
                .recover(cause -> {
                    stream.doubt();
                    return mayDecideAgain(cause, tries) ? Future.succeededFuture(false) : failed(cause);
                });
    }

    /** Creates the stream for a call, which has to be decided again then. */
    Future<Void> create(Tries tries) {
        return ++tries.rounds >= MAX_ROUNDS
                ? failed(new StrandlineException.NotFound("it was created " + MAX_ROUNDS + " times, and deleted"))
                : stream.create().recover(this::failed);
    }

    private boolean mayDecideAgain(Throwable cause, Tries tries) {
        boolean writerIsGone =
                cause instanceof StrandlineException.Fenced || cause instanceof StrandlineException.NotFound;
        if (writerIsGone) {
            writer = null;
        }
        if (cause instanceof StrandlineException.NotFound) {
            stream.drop();
        }
        return (writerIsGone || cause instanceof StrandlineException.Conflict) && ++tries.rounds < MAX_ROUNDS;
    }

    private <T> Future<T> failed(Throwable cause) {
        boolean told = cause instanceof StrandlineException.Invalid
                || cause instanceof StrandlineException.Unknown
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Unauthorized;
        return Future.failedFuture(
                told
                        ? cause
                        : new StrandlineException.Unavailable(
                                "nothing was appended to " + name + ": " + cause.getMessage(), cause));
    }

    private Future<EventWriter<Buffer>> writer() {
        EventWriter<Buffer> open = writer;
        if (open != null) {
            return Future.succeededFuture(open);
        }
        return log.createWriter(name.toString(), EventCodec.raw(), options).onSuccess(created -> {
            writer = created;
            created.exceptionHandler(cause -> writer = writer == created ? null : writer);
        });
    }

    /** Lets go of the writer, when what it has was answered. */
    Future<Void> close() {
        EventWriter<Buffer> open = writer;
        writer = null;
        return open == null ? Future.succeededFuture() : open.end();
    }
}
