package io.strandline.processing.group.impl.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.PoisonPolicy;
import io.strandline.processing.group.impl.feed.ParkingEntry.Parked;
import io.strandline.processing.group.impl.feed.ParkingStream;
import io.strandline.processing.group.impl.feed.RetriedCall;
import io.strandline.processing.group.impl.state.GroupUpdate;
import io.strandline.processing.group.impl.state.PartitionState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What was decided about a poison event is carried out, or does not bind. */
class VerdictTest {

    private final SimGroup group =
            new SimGroup(new GroupOptions().setPoison(PoisonPolicy.PARK).setMaxAttempts(1), 1);
    private final SimProcess process = new SimProcess(group.time);
    private final List<Long> seen = new ArrayList<>();

    private Future<?> handle(GroupEvent<Long> event) {
        seen.add(event.event());
        return event.event() == 3 ? Future.failedFuture("three") : Future.succeededFuture();
    }

    private PartitionState known() {
        return group.store.newest().partitions().values().iterator().next();
    }

    private void requireParkedAsReference(EventCodec<Long> codec) {
        group.log.append(group.log.open().get(0), 10);
        group.join(group.member(process, "only", codec), this::handle);
        group.run(5_000);
        assertThat(seen).contains(9L);
        assertThat(known().offset()).isEqualTo(10);
        Parked parked = group.log.parking.open().values().iterator().next();
        assertThat(parked.offset()).isEqualTo(3);
        assertThat(parked.bytes()).isNull();
        assertThat(parked.cause()).contains("three").contains("stay in the stream");
    }

    @Test
    void ofAnEventThatIsTooLargeThePlaceIsParked() {
        requireParkedAsReference(new Encoding() {
            @Override
            public void encode(Long event, PayloadOutput out) {
                out.write(new byte[800 << 10], 0, 800 << 10);
            }
        });
    }

    @Test
    void ofAnEventThatCannotBeEncodedThePlaceIsParked() {
        requireParkedAsReference(new Encoding() {
            @Override
            public void encode(Long event, PayloadOutput out) throws IOException {
                throw new IOException("cannot write " + event);
            }
        });
    }

    private abstract static class Encoding implements EventCodec<Long> {
        @Override
        public EventType typeOf(Long event) {
            return SimLog.TYPE;
        }

        @Override
        public Long decode(EventType type, byte[] bytes, int from, int length) {
            return Long.parseLong(new String(bytes, from, length, java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    @Test
    void nothingIsCondemnedThatCannotBeParked() {
        new ParkingStream(group.log.usedBy(process), SimParking.NAME, "sim/other").prepare();
        group.run(1_000);
        group.log.append(group.log.open().get(0), 10);
        GroupMember<Long> member = group.member(process, "only");
        group.join(member, this::handle);
        group.run(5_000);
        assertThat(member.ended().cause())
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("sim/other");
        assertThat(known().verdict()).isNull();
    }

    @Test
    void anotherPolicyFreesWhatWasCondemned() {
        long partition = group.store.newest().partitions().firstKey();
        group.log.append(group.log.open().get(0), 10);
        group.store.append(List.of(new GroupUpdate.Condemned(partition, 0, 1, "broken", null, true)));
        group.change(options -> options.setPoison(PoisonPolicy.FAIL));
        group.run(1_000);
        group.join(group.member(process, "only"), event -> {
            seen.add(event.event());
            return Future.succeededFuture();
        });
        group.run(5_000);
        assertThat(seen).startsWith(0L).hasSize(10);
        assertThat(group.log.parking.open()).isEmpty();
        assertThat(Objects.requireNonNull(known()).offset()).isEqualTo(10);
    }

    /** Its reader died after the append, another policy freed the event, and a third reader condemned it again. */
    @Test
    void whatIsCondemnedTwiceIsParkedOnce() {
        List<Parked> parked = new ArrayList<>();
        group.log.parking.observer = event -> {
            parked.add(event);
            process.crashed = true;
        };
        group.log.append(group.log.open().get(0), 10);
        group.join(group.member(process, "first"), this::handle);
        group.run(5_000);
        assertThat(parked).extracting(Parked::offset).containsExactly(3L);
        assertThat(known().verdict()).isNotNull();
        group.change(options -> options.setPoison(PoisonPolicy.SKIP));
        group.run(1_000);
        SimProcess other = new SimProcess(group.time);
        seen.clear();
        group.join(group.member(other, "second"), event -> {
            if (event.event() != 3) {
                return handle(event);
            }
            group.change(options -> options.setPoison(PoisonPolicy.PARK));
            Promise<Void> failsLater = Promise.promise();
            group.time.after(1_000_000_000, other, () -> failsLater.fail("three"));
            return failsLater.future();
        });
        group.run(60_000);
        assertThat(seen).endsWith(9L);
        assertThat(group.store.newest().decisions()).hasSize(2);
        assertThat(parked).hasSize(1);
    }

    /** Its reader leaves when the group has acquitted the event, and has not heard of it. */
    @Test
    void whatWasAcquittedIsDeliveredAsIfNobodyHadSeenIt() {
        long partition = group.store.newest().partitions().firstKey();
        group.log.append(group.log.open().get(0), 10);
        group.store.append(List.of(new GroupUpdate.Condemned(partition, 0, 1, "broken", null, true)));
        group.change(options -> options.setPoison(PoisonPolicy.SKIP));
        group.run(1_000);
        GroupMember<Long> first = group.member(process, "first");
        group.store.unanswered = update -> {
            if (update instanceof GroupUpdate.Acquitted) {
                first.leave();
            }
            return false;
        };
        group.join(first, this::handle);
        group.run(5_000);
        assertThat(seen).isEmpty();
        assertThat(known().verdict()).isNull();
        assertThat(known().attempts()).isZero();
    }

    @Test
    void whatHasNoRoomIsTriedForATimeAndThenFails() {
        int[] calls = new int[1];
        Future<Boolean> answer = RetriedCall.begin(
                process, 60_000, () -> "a split", () -> true, StrandlineException::isTransient, () -> {
                    calls[0]++;
                    return Future.failedFuture(
                            new StrandlineException.Overloaded("2001 partitions, the limit is 2000"));
                });
        group.run(30_000);
        assertThat(answer.isComplete()).isFalse();
        group.run(60_000);
        assertThat(answer.cause()).isInstanceOf(StrandlineException.Overloaded.class);
        assertThat(calls[0]).isBetween(5, 30);
    }
}
