package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupBatchHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.PoisonEventException;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Events in batches, in virtual time. */
class GroupBatchTest {

    private final SimGroup group = new SimGroup(
            new GroupOptions()
                    .setPoison(PoisonPolicy.SKIP)
                    .setMaxAttempts(2)
                    .setRetryBackOffMillis(1)
                    .setTypes(Set.of(SimLog.TYPE.name())),
            1);
    private final List<String> seen = new ArrayList<>();

    private GroupMember<Long> join(int batchEvents, GroupBatchHandler<Long> handler) {
        GroupMember<Long> member = new GroupMember<>(
                group.place(new SimProcess(group.time)),
                "only",
                GroupSimulation.CODEC,
                new GroupReaderOptions().setBatchEvents(batchEvents),
                new TreeMap<>());
        member.join()
                .onSuccess(joined -> member.startBatches(batch -> {
                    seen.add(text(batch));
                    return handler.handle(batch);
                }));
        group.run(1_000);
        return member;
    }

    private static String text(GroupBatch<Long> batch) {
        return batch.from() + "-" + batch.to() + ":" + batch.records().size() + "#" + batch.attempt();
    }

    private PartitionState known() {
        return Objects.requireNonNull(
                group.store.newest().partitions().values().iterator().next());
    }

    /** Of 25 events, the 4th, 15th are of another type. */
    @Test
    void aBatchIsFullOrHoldsWhatCameWhileTheHandlerWasAtWork() {
        List<Promise<Void>> atWork = new ArrayList<>();
        join(10, batch -> {
            Promise<Void> work = Promise.promise();
            atWork.add(work);
            return work.future();
        });
        group.log.append(group.log.open().get(0), 1);
        group.run(100);
        assertThat(seen).containsExactly("0-1:1#1");
        group.log.append(group.log.open().get(0), 24);
        for (int i = 0; i < 20; i++) {
            group.run(1_000);
            List.copyOf(atWork).forEach(Promise::tryComplete);
        }
        group.run(1_000);
        assertThat(known().offset()).isEqualTo(25);
        assertThat(seen).hasSizeBetween(3, 12);
        int events = seen.stream()
                .mapToInt(text -> Integer.parseInt(text.substring(text.indexOf(':') + 1, text.indexOf('#'))))
                .peek(size -> assertThat(size).isLessThanOrEqualTo(10))
                .sum();
        assertThat(events).isEqualTo(23);
    }

    @Test
    void ofABatchThatFailsEachEventComesAloneAndThePolicyDecidesOnOne() {
        group.log.append(group.log.open().get(0), 8);
        join(
                1_000,
                batch -> batch.records().stream().anyMatch(record -> record.event() == 5)
                        ? Future.failedFuture("five")
                        : Future.succeededFuture());
        group.run(5_000);
        assertThat(known().offset()).isEqualTo(8);
        assertThat(seen).contains("5-6:1#1", "5-6:1#2").doesNotContain("5-6:1#3");
        assertThat(group.store.newest().decisions()).singleElement().satisfies(decided -> assertThat(decided.offset())
                .isEqualTo(5));
        assertThat(seen.get(seen.size() - 1)).matches("\\d-8:\\d#1");
    }

    /** The offset that was skipped is in the batch after it. */
    @Test
    void aBatchWithoutEventsSaysWhatThePolicyPassedOver() {
        group.log.append(group.log.open().get(0), 1);
        join(1_000, batch -> batch.records().isEmpty() ? Future.succeededFuture() : Future.failedFuture("none"));
        group.run(5_000);
        assertThat(seen).endsWith("0-1:1#2", "0-1:0#1");
    }

    @Test
    void aBatchWithoutEventsThatFailsForGoodStopsTheReader() {
        group.change(options -> options.setPoison(PoisonPolicy.SKIP));
        group.log.append(group.log.open().get(0), 1);
        GroupMember<Long> member = join(1_000, batch -> Future.failedFuture("no table"));
        group.run(60_000);
        assertThat(member.ended().cause()).hasMessage("no table");
        assertThat(seen).containsExactly("0-1:1#1", "0-1:1#2", "0-1:0#1", "0-1:0#2");
    }

    @Test
    void thePolicyFailNamesTheOneEvent() {
        group.change(options -> options.setPoison(PoisonPolicy.FAIL));
        group.log.append(group.log.open().get(0), 8);
        GroupMember<Long> member = join(
                1_000,
                batch -> batch.records().stream().anyMatch(record -> record.event() == 5)
                        ? Future.failedFuture("five")
                        : Future.succeededFuture());
        group.run(60_000);
        assertThat(member.ended().cause())
                .isInstanceOfSatisfying(PoisonEventException.class, poison -> assertThat(poison.offset())
                        .isEqualTo(5));
        assertThat(known().offset()).isEqualTo(5);
    }

    /** The batch comes again event by event, and the policy decides on the one whose handler does not end. */
    @Test
    void aBatchWhoseHandlerDoesNotEndIsGivenUpAsOneThatFails() {
        group.change(options -> options.setHandlerTimeoutMillis(400));
        group.log.append(group.log.open().get(0), 8);
        join(
                1_000,
                batch -> batch.records().stream().anyMatch(record -> record.event() == 5)
                        ? Promise.promise().future()
                        : Future.succeededFuture());
        group.run(60_000);
        assertThat(known().offset()).isEqualTo(8);
        assertThat(seen).contains("5-6:1#1", "5-6:1#2").doesNotContain("5-6:1#3");
        assertThat(group.store.newest().decisions()).singleElement().satisfies(decided -> {
            assertThat(decided.offset()).isEqualTo(5);
            assertThat(decided.cause()).contains("did not end within 400 ms");
        });
    }

    @Test
    void whatCannotBeDecodedIsInNoBatchAndThePolicyDecidesAtOnce() {
        List<Long> handled = new ArrayList<>();
        GroupMember<Long> member = group.member(
                new SimProcess(group.time), "only", ALL_BUT_FIVE, new GroupReaderOptions().setBatchEvents(1_000));
        group.log.append(group.log.open().get(0), 8);
        member.join()
                .onSuccess(joined -> member.startBatches(batch -> {
                    batch.records().forEach(record -> handled.add(record.event()));
                    return Future.succeededFuture();
                }));
        group.run(5_000);
        assertThat(known().offset()).isEqualTo(8);
        assertThat(handled).containsExactly(0L, 1L, 2L, 4L, 6L, 7L);
        assertThat(group.store.newest().decisions()).singleElement().satisfies(decided -> {
            assertThat(decided.offset()).isEqualTo(5);
            assertThat(decided.cause()).contains("no five");
        });
    }

    private static final EventCodec<Long> ALL_BUT_FIVE = new EventCodec<>() {

        @Override
        public EventType typeOf(Long event) {
            return GroupSimulation.CODEC.typeOf(event);
        }

        @Override
        public void encode(Long event, PayloadOutput out) throws IOException {
            GroupSimulation.CODEC.encode(event, out);
        }

        @Override
        public Long decode(EventType type, byte[] bytes, int from, int length) throws IOException {
            long event = GroupSimulation.CODEC.decode(type, bytes, from, length);
            if (event == 5) {
                throw new IOException("no five");
            }
            return event;
        }
    };
}
