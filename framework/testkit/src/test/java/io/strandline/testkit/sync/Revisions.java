package io.strandline.testkit.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A writer of revisions for tests of stores: their bytes are their numbers, so that a lost or doubled one shows. */
final class Revisions {

    private final StreamName name;
    private final UUID writer = UUID.randomUUID();
    private long count;

    Revisions(StreamName name) {
        this.name = name;
    }

    /** Consecutive changes behind a position. */
    List<Revision> next(Position behind, int revisions) {
        List<Revision> next = new ArrayList<>();
        Position at = behind;
        for (int i = 0; i < revisions; i++) {
            at = at.next(new AppendId(writer, ++count));
            next.add(new Revision(at, Revision.Form.CHANGE, bytes(at.revision())));
        }
        return next;
    }

    /** A whole state behind a position. */
    Revision nextWhole(Position behind) {
        return whole(behind.next(new AppendId(writer, ++count)));
    }

    static Revision whole(Position at) {
        return new Revision(at, Revision.Form.WHOLE, bytes(at.revision()));
    }

    /** Appends, expects to be taken, and returns the new position. */
    Position append(RevisionStore store, Position behind, int revisions) {
        AppendAnswer answer = await(store.append(name, behind, next(behind, revisions)));
        assertThat(answer).isInstanceOf(AppendAnswer.Appended.class);
        return ((AppendAnswer.Appended) answer).position();
    }

    /** Everything that the store keeps, as one who knows nothing reads it. */
    static Missed readAll(RevisionStore store, StreamName name) {
        return await(store.readSince(name, Position.NONE));
    }

    /** Waits on the test's own thread. */
    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new CompletionException(failed.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for the failure of a future. */
    static StrandlineException failureOf(Future<?> future) {
        Object result;
        try {
            result = await(future);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof StrandlineException expected) {
                return expected;
            }
            throw failed;
        }
        throw new AssertionError("completed with " + result);
    }

    private static byte[] bytes(long revision) {
        return Long.toString(revision).getBytes(StandardCharsets.UTF_8);
    }
}
