package io.strandline.sync.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.map.EntryProcessor;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.AbstractMap.SimpleEntry;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The task of an append, run by hand on an owner's entry and on a backup's. */
class AppendOnOwnerTest {

    private final Map.Entry<String, StoredHistory> owner = new SimpleEntry<>("key", null);
    private final Map.Entry<String, StoredHistory> backup = new SimpleEntry<>("key", null);
    private final UUID writer = UUID.randomUUID();

    @Test
    void a_repeat_of_what_stands_reaches_the_backup_again() {
        assertThat(run(append(Position.NONE, writer, 1), false)).isInstanceOf(AppendAnswer.Appended.class);
        assertThat(newest(backup)).as("its task was lost").isEqualTo(Position.NONE);

        assertThat(run(append(Position.NONE, writer, 1), true)).isInstanceOf(AppendAnswer.Appended.class);
        assertThat(newest(backup)).isEqualTo(newest(owner));
        assertThat(newest(owner).revision()).isEqualTo(1);
    }

    @Test
    void a_refusal_costs_the_backup_nothing() {
        run(append(Position.NONE, writer, 1), true);
        AppendOnOwner late = append(Position.NONE, UUID.randomUUID(), 1);
        assertThat(late.process(owner).answer()).isInstanceOf(AppendAnswer.Refused.class);
        assertThat(late.getBackupProcessor()).isNull();
    }

    private AppendAnswer run(AppendOnOwner task, boolean backupIsThere) {
        AppendAnswer answer = task.process(owner).answer();
        @Nullable EntryProcessor<String, StoredHistory, AppendOnOwner.Answer> copy = task.getBackupProcessor();
        if (backupIsThere) {
            Objects.requireNonNull(copy).process(backup);
        }
        return answer;
    }

    private static AppendOnOwner append(Position expected, UUID by, long count) {
        Revision next = new Revision(expected.next(new AppendId(by, count)), Revision.Form.CHANGE, new byte[] {1});
        return new AppendOnOwner(expected, List.of(next), HistoryLimits.DEFAULT);
    }

    private static Position newest(Map.Entry<String, StoredHistory> entry) {
        return StoredHistory.of(entry).newest();
    }
}
