package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A writer of revisions for tests of stores: their bytes are their numbers, so that a lost or doubled one shows. */
final class Revisions {

    private final StreamName name;
    private final UUID writer = UUID.randomUUID();
    private long count;

    Revisions(StreamName name) {
        this.name = name;
    }

    /** Consecutive changes after a position. */
    List<Revision> next(Position behind, int revisions) {
        List<Revision> next = new ArrayList<>();
        Position at = behind;
        for (int i = 0; i < revisions; i++) {
            at = at.next(new AppendId(writer, ++count));
            next.add(new Revision(at, Revision.Form.CHANGE, bytes(at.revision())));
        }
        return next;
    }

    /** A whole state after a position. */
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
    static CatchUp readAll(RevisionStore store, StreamName name) {
        return await(store.readSince(name, Position.NONE));
    }

    private static byte[] bytes(long revision) {
        return Long.toString(revision).getBytes(StandardCharsets.UTF_8);
    }
}
