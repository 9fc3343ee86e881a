package io.strandline.processing.group;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.readAll;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.vertx.core.Context;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** Checkpoints of a group, and the positions to which it is set back. */
class GroupCheckpointTest extends GroupOnFiles {

    @Test
    void aCheckpointIsACutToWhichTheGroupGoesBack() {
        ReaderGroup group = group(options());
        join(group, "first");
        join(group, "second");
        append(0, 300);
        get(group.awaitPosition(end()));
        StreamCut cut = end();
        GroupCheckpoint checkpoint = get(group.checkpoint("noon"));
        assertThat(checkpoint.complete()).isTrue();
        assertThat(checkpoint.cuts()).containsExactly(Map.entry(STREAM_NAME, cut));
        append(300, 500);
        get(group.awaitPosition(end()));
        assertEachOnceAndInOrder(500);

        get(group.resetToCheckpoint("noon"));
        until(vertx, "200 events again", () -> handled.get() == 700);
        get(group.resetToStart());
        until(vertx, "500 events again", () -> handled.get() == 1_200);
        get(group.resetTo(cut));
        until(vertx, "200 events once more", () -> handled.get() == 1_400);

        assertThat(failure(group.checkpoint("noon"))).isInstanceOf(StrandlineException.Conflict.class);
        assertThat(get(group.dropCheckpoint("noon"))).isTrue();
        assertThat(get(group.dropCheckpoint("noon"))).isFalse();
        assertThat(failure(group.resetToCheckpoint("noon"))).isInstanceOf(StrandlineException.NotFound.class);
        get(group.close());
    }

    @Test
    void atABoundaryNothingIsAtTheHandler() {
        ReaderGroup group = group(options());
        Map<Long, Long> state = new ConcurrentHashMap<>();
        Queue<Map<Long, Long>> saved = new ConcurrentLinkedQueue<>();
        Queue<Map<Long, Long>> cuts = new ConcurrentLinkedQueue<>();
        Context context = newContext(vertx);
        get(start(context, () -> group.join("only", AccountsPipeline.TEXT, DEFAULTS)
                .map(reader -> reader.boundaryHandler(boundary -> {
                            saved.add(Map.copyOf(state));
                            cuts.add(Objects.requireNonNull(boundary.cuts().get(STREAM_NAME))
                                    .offsets());
                            return vertx.timer(5);
                        })
                        .handler(event -> vertx.timer(1)
                                .onSuccess(done -> state.put(
                                        event.record().partition(),
                                        event.record().offset() + 1))))));
        append(0, 200);
        for (String name : List.of("a", "b", "c")) {
            get(group.checkpoint(name));
        }
        assertThat(saved).hasSize(3);
        List<Map<Long, Long>> all = List.copyOf(cuts);
        int i = 0;
        for (Map<Long, Long> one : saved) {
            Map<Long, Long> cut = all.get(i++);
            cut.forEach((partition, offset) ->
                    assertThat(one.getOrDefault(partition, 0L)).isEqualTo(offset));
        }
        get(group.close());
    }

    @Test
    void aTimeIsAPositionAcrossAScaling() {
        append(0, 300);
        PartitionDescription first =
                get(log.catalog().describe(STREAM)).partitions().get(0);
        get(log.catalog().scale(STREAM, Set.of(first.id()), first.keys().halves()));
        append(300, 600);
        List<Long> stamps = get(readAll(vertx, log, STREAM)).stream()
                .map(record -> record.stamp())
                .sorted()
                .toList();
        int groups = 0;
        for (long time : List.of(0L, stamps.get(150), stamps.get(450), stamps.get(599) + 1)) {
            int expected = (int) stamps.stream().filter(stamp -> stamp >= time).count();
            handled.set(0);
            ReaderGroup group = get(ReaderGroup.open(
                    vertx, log, sync, "shop/from-" + groups++, options().setFrom(StartPosition.time(time))));
            join(group, "only");
            get(group.awaitPosition(end()));
            assertThat(handled).as("from %d", time).hasValue(expected);

            get(group.resetToStart());
            get(group.awaitPosition(end()));
            assertThat(handled).as("from the start").hasValue(expected + 600);
            get(group.resetTo(StartPosition.time(time)));
            get(group.awaitPosition(end()));
            assertThat(handled).as("set back to %d", time).hasValue(expected + 600 + expected);
            get(group.close());
        }
    }

    @Test
    void aGroupThatBeginsInTheFutureIsNotHandedWhatComesBefore() {
        long future = System.currentTimeMillis() + 3_600_000;
        ReaderGroup group = group(options().setFrom(StartPosition.time(future)));
        join(group, "only");
        append(0, 100);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(0);
        get(group.resetToStart());
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(100);
        get(group.resetTo(StartPosition.time(future)));
        append(100, 200);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(100);
        get(group.close());
    }
}
