package io.strandline.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.Watch;
import io.strandline.sync.spi.Watchers;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchersTest {

    private static final StreamName NAME = new StreamName("watched", "name");

    private final Watchers watchers = new Watchers();
    private final List<String> told = new ArrayList<>();

    @Test
    void who_watches_a_name_is_told_until_it_ends() {
        Watch one = watchers.add(NAME, () -> told.add("one"));
        Watch two = watchers.add(NAME, () -> told.add("two"));
        watchers.tell(NAME);
        watchers.tell(new StreamName("watched", "other"));
        assertThat(one.close().isComplete()).isTrue();
        watchers.tell(NAME);
        assertThat(told).containsExactly("one", "two", "two");
        assertThat(two.close().isComplete()).isTrue();
        assertThat(watchers.isUnwatched(NAME)).isTrue();
    }

    @Test
    void an_end_waits_for_the_call_under_way() {
        List<Future<Void>> ends = new ArrayList<>();
        List<Boolean> done = new ArrayList<>();
        List<Watch> self = new ArrayList<>();
        self.add(watchers.add(NAME, () -> {
            ends.add(self.get(0).close());
            done.add(ends.get(0).isComplete());
        }));
        watchers.tell(NAME);
        watchers.tell(NAME);
        assertThat(done).containsExactly(false);
        assertThat(ends.get(0).isComplete()).isTrue();
    }

    @Test
    void a_watcher_that_throws_harms_nobody() {
        Watch bad = watchers.add(NAME, () -> {
            throw new IllegalStateException("thrown for the test");
        });
        watchers.add(NAME, () -> told.add("told"));
        watchers.tell(NAME);
        assertThat(told).containsExactly("told");
        assertThat(bad.close().isComplete()).isTrue();
    }

    @Test
    void watches_are_bounded_and_an_end_makes_room() {
        Watch first = watchers.add(NAME, () -> {});
        for (int i = 1; i < Watchers.MAX_WATCHES; i++) {
            watchers.add(new StreamName("watched", "n" + i), () -> {});
        }
        assertThatThrownBy(() -> watchers.add(NAME, () -> {}))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("" + Watchers.MAX_WATCHES);
        first.close();
        first.close();
        watchers.add(NAME, () -> {});
        assertThatThrownBy(() -> watchers.add(NAME, () -> {})).isInstanceOf(StrandlineException.Overloaded.class);
    }
}
