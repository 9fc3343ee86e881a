package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** News from one member to another. */
class WatchTest {

    private static final int NAMES = 8; // enough that each member owns some

    private final Member one = Member.first();
    private final Member two = one.another();
    private final RevisionStore writer = await(HazelcastRevisionStore.open(one.vertx()));
    private final RevisionStore reader = await(HazelcastRevisionStore.open(two.vertx()));

    @AfterEach
    void stop() {
        two.close();
        one.close();
    }

    @Test
    void who_watches_on_another_member_is_told_of_its_name_and_of_no_other() {
        List<Promise<Position>> told = new ArrayList<>();
        AtomicInteger toldOfOthers = new AtomicInteger();
        for (int i = 0; i < NAMES; i++) {
            told.add(watched(name(i)));
        }
        await(reader.watch(name(NAMES), toldOfOthers::incrementAndGet));
        for (int i = 0; i < NAMES; i++) {
            Position first = append(name(i));
            assertThat(await(told.get(i).future())).isEqualTo(first);
        }
        assertThat(toldOfOthers).hasValue(0);
    }

    @Test
    void watches_may_end_and_begin_again() {
        AtomicInteger toldAfterEnd = new AtomicInteger();
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            watches.add(await(reader.watch(name(0), toldAfterEnd::incrementAndGet)));
        }
        Watch all = await(Future.all(
                        watches.get(0).close(),
                        watches.get(1).close(),
                        watches.get(1).close())
                .map(ended -> watches.get(0)));
        Promise<Position> again = watched(name(0));
        assertThat(await(again.future().isComplete() ? again.future() : Future.succeededFuture(Position.NONE)))
                .isEqualTo(Position.NONE);
        Position first = append(name(0));
        assertThat(await(again.future())).isEqualTo(first);
        assertThat(toldAfterEnd).hasValue(0);
        await(all.close());
    }

    @Test
    void who_watches_is_told_after_the_owner_has_left() {
        List<Promise<Position>> told = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            told.add(watched(writer, name(i)));
        }
        two.crash();
        one.awaitAlone();
        for (int i = 0; i < NAMES; i++) {
            Position first = append(name(i));
            assertThat(await(told.get(i).future())).isEqualTo(first);
        }
    }

    private Promise<Position> watched(StreamName name) {
        return watched(reader, name);
    }

    /** Completes with what can be read when news come. */
    private static Promise<Position> watched(RevisionStore store, StreamName name) {
        Promise<Position> told = Promise.promise();
        await(store.watch(name, () -> store.readNews(name, Position.NONE)
                .onSuccess(missed -> told.tryComplete(missed.newest()))));
        return told;
    }

    private Position append(StreamName name) {
        Position first = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        Revision revision = new Revision(first, Revision.Form.CHANGE, new byte[] {1});
        assertThat(await(writer.append(name, Position.NONE, List.of(revision))))
                .isInstanceOf(AppendAnswer.Appended.class);
        return first;
    }

    private static StreamName name(int number) {
        return new StreamName("watched", "name-" + number);
    }
}
