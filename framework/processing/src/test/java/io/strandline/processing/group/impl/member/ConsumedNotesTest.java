package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.processing.group.GroupOptions;
import io.vertx.core.Future;
import org.junit.jupiter.api.Test;

/** What a group tells retention, in virtual time. */
class ConsumedNotesTest {

    /** A log may forget subscribers that it does not hear of. */
    @Test
    void aGroupAtRestIsHeardOf() {
        SimGroup group = new SimGroup(new GroupOptions(), 1);
        group.join(group.member(new SimProcess(group.time), "only"), event -> Future.succeededFuture());
        group.log.append(group.log.open().get(0), 1);
        group.run(60_000);
        group.checkpoint("noon");
        group.run(60_000);
        group.log.append(group.log.open().get(0), 1);
        group.run(60_000);
        assertThat(group.log.subscribers).containsOnlyKeys("sim/group", "sim/group!noon");
        int before = group.log.notes;
        group.run(3 * ConsumedNotes.RENEWAL_MILLIS);
        // Positions and a checkpoint, two or three times.
        assertThat(group.log.notes - before).isBetween(4, 6);
    }
}
