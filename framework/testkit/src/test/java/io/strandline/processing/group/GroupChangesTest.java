package io.strandline.processing.group;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.PausedStore;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Options of a group that change while it runs, and input that changes nothing. */
class GroupChangesTest extends GroupOnFiles {

    @Test
    void optionsChangeWhileReadersRun() {
        ReaderGroup group = group(options().setMaxAttempts(1).setKeys(List.of("key7")));
        GroupReader<String> first = join(newContext(vertx), group, "first", this::noteButFail);
        GroupReader<String> second = join(newContext(vertx), group, "second", this::noteButFail);
        append(0, 100);
        get(group.awaitPosition(end()));
        assertThat(handled).hasValue(2);
        awaitSubscribers(Set.of(GROUP));

        GroupOptions changed = group.options()
                .setKeys(List.of())
                .setPoison(PoisonPolicy.SKIP)
                .setLeaseMillis(50_000)
                .setHoldRetention(false);
        get(group.setOptions(changed));
        assertThat(group.options().toJson()).isEqualTo(changed.toJson());
        awaitOptions(first, changed);
        awaitOptions(second, changed);
        append(100, 200);
        get(group.awaitPosition(end()));
        assertThat(get(group.poisonDecisions())).hasSize(1);
        assertThat(handled).hasValue(2 + 99);
        awaitSubscribers(Set.of());
        get(group.setOptions(changed.setHoldRetention(true)));
        awaitSubscribers(Set.of(GROUP));

        ReaderGroup elsewhere = get(ReaderGroup.open(vertx, log, sync, GROUP, changed));
        assertThat(get(elsewhere.readers())).containsOnlyKeys("first", "second");
        assertThat(first.ended().isComplete()).isFalse();
        assertThat(second.ended().isComplete()).isFalse();
        get(elsewhere.close());
        get(group.close());
    }

    @Test
    void aReaderThatIsAboutToEnterWhenItsGroupIsClosedIsNoMemberAfterwards() {
        PausedStore answers = new PausedStore(LogRevisionStore.open(vertx, log));
        StateSync elsewhere =
                StateSync.create(vertx, answers.asStore(), new StateSyncOptions().setRefreshMillis(3_600_000));
        ReaderGroup closing = get(ReaderGroup.open(vertx, log, elsewhere, GROUP, options()));
        answers.pause();
        Future<GroupReader<String>> entering =
                start(newContext(vertx), () -> closing.join("late", AccountsPipeline.TEXT, DEFAULTS));
        awaitAnswer(() -> Future.succeededFuture(answers.held()), held -> held > 0);
        Future<Void> closed = closing.close();
        answers.resume();
        get(closed);
        assertThat(failure(entering)).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(get(group(options()).readers())).isEmpty();
    }

    private void awaitSubscribers(Set<String> names) {
        awaitAnswer(
                () -> log.catalog().subscribers(STREAM), known -> known.keySet().equals(names));
    }

    private Future<?> noteButFail(GroupEvent<String> event) {
        return event.event().equals("order 150") ? Future.failedFuture("cannot bill order 150") : note(event);
    }

    @Test
    void whatIsFixedDoesNotChange() {
        ReaderGroup group = group(options());
        assertFixed(group, group.options().setStreams(STREAM, "shop/other"), "streams", "shop/other");
        assertFixed(group, group.options().setFrom(StartPosition.end()), "from", "end");
        assertFixed(
                group,
                group.options().setFromCuts(end()),
                "fromCuts",
                end().offsets().firstKey().toString());
        assertFixed(group, group.options().setUntil(end()), "until", STREAM);
        assertFixed(group, group.options().setParkingStream("shop/bad"), "parkingStream", "shop/bad");
        assertInvalid(group.setOptions(group.options().setLeaseMillis(1)));
        assertThat(group.options().toJson()).isEqualTo(options().toJson());
        get(group.delete());
        assertThat(failure(group.setOptions(options()))).isInstanceOf(StrandlineException.NotFound.class);
        get(group.close());
    }

    private static void assertFixed(ReaderGroup group, GroupOptions changed, String option, String value) {
        assertThat(failure(group.setOptions(changed)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(option + " of group " + GROUP)
                .hasMessageContaining(value);
    }

    @Test
    void badInputIsRefusedAndChangesNothing() {
        append(0, 10);
        ReaderGroup group = group(options().setLeaseMillis(3_000));
        join(group, "first");
        assertInvalid(ReaderGroup.open(vertx, log, sync, "no slash", options()));
        assertInvalid(ReaderGroup.open(vertx, log, sync, "shop/other", new GroupOptions()));
        assertInvalid(ReaderGroup.open(vertx, log, sync, "shop/other", options().setLeaseMillis(-1)));
        assertThat(failure(ReaderGroup.open(
                        vertx, log, sync, "shop/other", options().setStreams("shop/none"))))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(ReaderGroup.open(vertx, log, sync, "shop/other")))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(failure(ReaderGroup.open(vertx, log, sync, GROUP, options())))
                .isInstanceOf(StrandlineException.Conflict.class);
        assertThat(failure(start(newContext(vertx), () -> group.join("first", AccountsPipeline.TEXT, DEFAULTS))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("first");
        StreamCut end = end();
        long partition = end.offsets().firstKey();
        assertInvalid(group.resetTo(new StreamCut(StreamName.parse("shop/none"), end.offsets())));
        assertInvalid(group.resetTo(StreamCut.of(STREAM_NAME, partition, 0)));
        assertInvalid(group.resetTo(shifted(end, 1_000)));
        assertInvalid(group.awaitPosition(StreamCut.of(StreamName.parse("shop/none"), 1, 0)));
        assertThat(failure(group.awaitPosition(StreamCut.of(STREAM_NAME, 999, 0))))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertInvalid(group.checkpoint(ReaderGroup.AUTOMATIC));
        get(group.awaitPosition(end));
        assertEachOnceAndInOrder(10);
        get(group.delete());
        get(group.close());
    }

    private static StreamCut shifted(StreamCut cut, long by) {
        TreeMap<Long, Long> shifted = new TreeMap<>();
        cut.offsets().forEach((partition, offset) -> shifted.put(partition, offset + by));
        return new StreamCut(cut.stream(), shifted);
    }

    private static void assertInvalid(Future<?> call) {
        assertThat(failure(call)).isInstanceOf(StrandlineException.Invalid.class);
    }
}
