package io.strandline.sync.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.map.ExtendedMapEntry;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.AbstractMap.SimpleEntry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoredNewsTest {

    private static final UUID WRITER = UUID.randomUUID();
    private static final UUID OWNER = UUID.randomUUID();

    private final Map.Entry<String, @Nullable StoredNews> entry = new InMap();

    @Test
    void news_add_to_what_is_there() {
        assertThat(publish(1, 0, 2)).isZero();
        assertThat(publish(1, 2, 5)).isZero();
        assertThat(read(0)).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(read(3)).containsExactly(4L, 5L);
        assertThat(read(5)).isEmpty();
    }

    @Test
    void late_and_repeated_news_change_nothing() {
        publish(1, 0, 5);
        assertThat(publish(1, 0, 5)).isZero();
        assertThat(publish(1, 2, 4)).isEqualTo(1);
        assertThat(read(0)).containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void news_that_overlap_add_what_is_new() {
        publish(1, 0, 5);
        publish(1, 3, 7);
        assertThat(read(0)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    }

    @Test
    void behind_a_gap_only_the_newer_news_stand() {
        publish(1, 0, 5);
        publish(1, 7, 9);
        assertThat(read(7)).containsExactly(8L, 9L);
        assertThat(read(5)).as("who is further behind asks the log").isEmpty();
    }

    @Test
    void a_newer_owner_prevails_whatever_the_revision() {
        publish(1, 0, 9);
        assertThat(publish(2, 0, 3)).isZero();
        assertThat(read(0)).containsExactly(1L, 2L, 3L);
        assertThat(publish(1, 0, 20)).isEqualTo(2);
        assertThat(read(0)).containsExactly(1L, 2L, 3L);
    }

    @Test
    void an_owner_of_the_same_epoch_that_is_another_is_told() {
        publish(1, 0, 1);
        Position other = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        CatchUp theirs = new CatchUp(Position.NONE, List.of(new Revision(other, Revision.Form.WHOLE, new byte[1])));
        assertThat(new PublishNews(StoredNews.of(1, UUID.randomUUID(), theirs)).process(entry))
                .isEqualTo(1);
    }

    /** A log that was set back uses an epoch twice. The progress of either owner says nothing. */
    @Test
    void of_two_owners_of_one_epoch_neither_replaces_the_news_of_the_other() {
        publish(1, 0, 1);
        List<Revision> theirs = new ArrayList<>();
        for (long number = 1; number <= 5; number++) {
            Position position = new Position(number, new AppendId(new UUID(8, 8), number));
            theirs.add(new Revision(position, Revision.Form.CHANGE, new byte[1]));
        }
        StoredNews further = StoredNews.of(1, UUID.randomUUID(), new CatchUp(Position.NONE, theirs));
        assertThat(new PublishNews(further).process(entry)).isEqualTo(1);
        assertThat(read(0)).containsExactly(1L);
    }

    @Test
    void a_position_of_another_history_finds_no_news() {
        publish(1, 0, 5);
        Position foreign = new Position(3, new AppendId(UUID.randomUUID(), 3));
        assertThat(new ReadNews(foreign).process(entry).missed()).isEqualTo(new CatchUp(foreign, List.of()));
    }

    @Test
    void its_size_is_bounded() {
        publish(1, 0, StoredNews.MAX_REVISIONS + 50);
        assertThat(stored().revisions()).hasSize(StoredNews.MAX_REVISIONS);
        assertThat(read(49)).isEmpty();
        assertThat(read(50)).hasSize(StoredNews.MAX_REVISIONS).contains(51L);
        publish(1, StoredNews.MAX_REVISIONS + 50, StoredNews.MAX_REVISIONS + 60);
        assertThat(stored().revisions()).hasSize(StoredNews.MAX_REVISIONS);

        Revision large = new Revision(position(1), Revision.Form.CHANGE, new byte[StoredNews.MAX_BYTES + 1]);
        StoredNews news = StoredNews.of(1, OWNER, new CatchUp(Position.NONE, List.of(large)));
        assertThat(news.revisions()).isEmpty();
        assertThat(news.newest()).isEqualTo(position(1));
    }

    @Test
    void messages_in_any_order_leave_the_newest() {
        Random random = new Random(5);
        for (int round = 0; round < 1_000; round++) {
            entry.setValue(null);
            List<long[]> messages = new ArrayList<>();
            for (int from = 0; from < 10; from++) {
                messages.add(new long[] {1 + from / 5, from, from + 1 + random.nextInt(3)});
            }
            Collections.shuffle(messages, random);
            messages.forEach(message -> publish(message[0], message[1], message[2]));
            long newest = messages.stream()
                    .filter(message -> message[0] == 2)
                    .mapToLong(message -> message[2])
                    .max()
                    .orElseThrow();
            assertThat(stored().newest()).isEqualTo(position(newest));
            List<Revision> kept = stored().revisions();
            for (int i = 1; i < kept.size(); i++) {
                assertThat(kept.get(i).number()).isEqualTo(kept.get(i - 1).number() + 1);
            }
        }
    }

    private long publish(long epoch, long from, long to) {
        List<Revision> revisions = new ArrayList<>();
        for (long number = from + 1; number <= to; number++) {
            revisions.add(new Revision(position(number), Revision.Form.CHANGE, new byte[] {(byte) number}));
        }
        return new PublishNews(StoredNews.of(epoch, OWNER, new CatchUp(position(from), revisions))).process(entry);
    }

    private List<Long> read(long known) {
        return new ReadNews(position(known))
                .process(entry).missed().revisions().stream()
                        .map(Revision::number)
                        .toList();
    }

    private StoredNews stored() {
        return Objects.requireNonNull(entry.getValue());
    }

    private static Position position(long revision) {
        return revision == 0 ? Position.NONE : new Position(revision, new AppendId(WRITER, revision));
    }

    /** An entry as Hazelcast hands it to a task. */
    private static final class InMap extends SimpleEntry<String, @Nullable StoredNews>
            implements ExtendedMapEntry<String, @Nullable StoredNews> {

        private static final long serialVersionUID = 1L;

        InMap() {
            super("key", null);
        }

        @Override
        public @Nullable StoredNews setValue(@Nullable StoredNews value, long ttl, TimeUnit unit) {
            return setValue(value);
        }

        @Override
        public @Nullable StoredNews setValueWithoutChangingExpiryTime(@Nullable StoredNews value) {
            return setValue(value);
        }
    }
}
