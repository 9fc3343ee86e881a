package io.strandline.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Compression;
import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.spi.KeyCheck;
import io.strandline.spi.Parcel;
import io.strandline.spi.ParcelReply;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Future;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch that is to be appended only if its key has no event from an offset on, at its shard. */
class KeyConditionsTest {

    private static final String STREAM = "bank/accounts";
    private static final int MIB = 1 << 20;

    private SimulatedLog log = new SimulatedLog(1, new LogOptions().setTailBytes(64 * MIB), 1);
    private PartitionDescription partition = create();
    private int writers;

    private PartitionDescription create() {
        return log.createStream(STREAM, new StreamOptions()).partitions().get(0);
    }

    // ---- what writers send, each batch under a number of its own

    private BatchBuilder batch() {
        writers++;
        return new BatchBuilder(partition.id(), Long.MIN_VALUE | writers, 1, Sequence.NONE, Sequence.of(0));
    }

    private BatchBuilder of(String... keys) {
        BatchBuilder batch = batch();
        for (String key : keys) {
            batch.add(key, new byte[10]);
        }
        return batch;
    }

    private static Parcel parcel(long[] since, BatchBuilder... batches) {
        byte[][] bytes = Arrays.stream(batches).map(BatchBuilder::build).toArray(byte[][]::new);
        return BatchBuilder.parcelIfUnchanged(0, since, bytes);
    }

    private Future<ParcelReply> send(BatchBuilder batch) {
        return log.port().append(parcel(new long[] {Parcel.NO_CONDITION}, batch));
    }

    private Future<ParcelReply> sendIfUnchanged(long since, BatchBuilder batch) {
        return log.port().append(parcel(new long[] {since}, batch));
    }

    private long append(BatchBuilder batch) {
        return accepted(log.get(send(batch)), 0);
    }

    private static long accepted(ParcelReply reply, int batch) {
        assertThat(reply.refusal(batch)).isNull();
        assertThat(reply.duplicate(batch)).isFalse();
        return reply.offset(batch);
    }

    private static StrandlineException conflict(ParcelReply reply, int batch) {
        StrandlineException refusal = Objects.requireNonNull(reply.refusal(batch));
        assertThat(refusal).isInstanceOf(StrandlineException.Conflict.class);
        return refusal;
    }

    private void assertConflict(Future<ParcelReply> reply, String message) {
        long end = end();
        assertThat(conflict(log.get(reply), 0)).hasMessageContaining(message);
        assertThat(end()).isEqualTo(end);
    }

    private long end() {
        return log.get(log.catalog().endCut(STREAM)).offset(partition.id());
    }

    // ---- in memory

    @Test
    void an_event_of_the_key_at_or_after_the_offset_is_a_conflict_and_one_before_is_none() {
        append(of("other", "anna", "other"));
        assertConflict(sendIfUnchanged(0, of("anna")), "key anna has an event at offset 1 of partition");
        assertConflict(sendIfUnchanged(1, of("anna")), "after the position at offset 1");
        assertThat(accepted(log.get(sendIfUnchanged(2, of("anna"))), 0)).isEqualTo(3);
        assertConflict(sendIfUnchanged(3, of("anna")), "offset 3");
        assertThat(accepted(log.get(sendIfUnchanged(4, of("anna"))), 0)).isEqualTo(4);
    }

    @Test
    void events_of_other_keys_and_without_key_are_no_conflict() {
        append(of("ann", "annaa", "", "ANNA").add(new byte[3]));
        assertThat(accepted(log.get(sendIfUnchanged(0, of("anna"))), 0)).isEqualTo(5);
    }

    @Test
    void a_batch_is_appended_as_a_whole_or_not_at_all() {
        append(of("anna"));
        assertConflict(sendIfUnchanged(0, of("anna", "anna", "anna")), "offset 0");
        assertThat(accepted(log.get(sendIfUnchanged(1, of("anna", "anna", "anna"))), 0))
                .isEqualTo(1);
        assertThat(end()).isEqualTo(4);
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void a_compressed_batch_is_looked_into(Compression compression) {
        append(of("bert", "anna", "bert").compressed(compression));
        append(of("bert").compressed(compression));
        assertConflict(sendIfUnchanged(0, of("anna").compressed(compression)), "offset 1");
        assertThat(accepted(log.get(sendIfUnchanged(2, of("anna").compressed(compression))), 0))
                .isEqualTo(4);
        Future<ParcelReply> inFlight = send(of("carl", "anna").compressed(compression));
        Future<ParcelReply> judged = sendIfUnchanged(5, of("anna").compressed(compression));
        assertThat(accepted(log.get(inFlight), 0)).isEqualTo(5);
        assertConflict(judged, "offset 6");
    }

    // ---- numbered, and not applied yet

    @Test
    void an_event_of_the_key_that_is_on_its_way_to_the_disk_is_a_conflict() {
        append(of("other"));
        Future<ParcelReply> first = send(of("bert", "anna"));
        Future<ParcelReply> second = send(of("carl"));
        Future<ParcelReply> judged = sendIfUnchanged(1, of("anna"));
        Future<ParcelReply> later = sendIfUnchanged(3, of("anna"));
        Future<ParcelReply> other = sendIfUnchanged(1, of("dora"));
        assertThat(first.isComplete() || second.isComplete()).isFalse();
        assertThat(accepted(log.get(first), 0)).isEqualTo(1);
        assertThat(accepted(log.get(second), 0)).isEqualTo(3);
        assertThat(conflict(log.get(judged), 0)).hasMessageContaining("offset 2");
        assertThat(accepted(log.get(later), 0)).isEqualTo(4);
        assertThat(accepted(log.get(other), 0)).isEqualTo(5);
    }

    @Test
    void of_two_that_come_together_one_is_appended() {
        append(of("other"));
        Future<ParcelReply> one = sendIfUnchanged(1, of("anna"));
        Future<ParcelReply> two = sendIfUnchanged(1, of("anna"));
        accepted(log.get(one), 0);
        conflict(log.get(two), 0);
        ParcelReply together = log.get(
                log.port().append(parcel(new long[] {2, 2, Parcel.NO_CONDITION}, of("anna"), of("anna"), of("anna"))));
        assertThat(accepted(together, 0)).isEqualTo(2);
        conflict(together, 1);
        assertThat(accepted(together, 2)).isEqualTo(3);
    }

    // ---- other keys

    private Future<ParcelReply> sendIf(BatchBuilder batch, KeyCheck... others) {
        return log.port().append(BatchBuilder.parcelIfUnchanged(0, null, new KeyCheck[][] {others}, batch.build()));
    }

    private static KeyCheck noEvent(String key, @Nullable String type, long since) {
        return new KeyCheck(key.getBytes(UTF_8), type == null ? null : type.getBytes(UTF_8), since);
    }

    @Test
    void an_event_of_another_key_is_a_conflict_if_the_batch_rests_on_that() {
        append(of("carl", "bert", "anna"));
        assertConflict(sendIf(of("anna"), noEvent("bert", null, 1)), "key bert has an event at offset 1 of partition");
        assertThat(accepted(log.get(sendIf(of("anna"), noEvent("bert", null, 2), noEvent("dora", null, 0))), 0))
                .isEqualTo(3);
        assertConflict(sendIf(of("anna"), noEvent("dora", null, 0), noEvent("bert", null, 0)), "key bert");
        // Each from its own position on.
        assertThat(accepted(log.get(sendIf(of("anna"), noEvent("carl", null, 1), noEvent("dora", null, 0))), 0))
                .isEqualTo(4);
        assertConflict(sendIf(of("anna"), noEvent("dora", null, Parcel.ELSEWHERE)), "in another partition");
        assertConflict(sendIf(of("anna"), noEvent("dora", null, 6)), "past its end at 5");
    }

    @Test
    void only_events_of_the_type_count_if_one_is_named() {
        append(batch().add("bert", "paid", 1, new byte[3]).add("bert", "seen", 1, new byte[3]));
        append(batch().add("anna", "closed", 1, new byte[3]));
        assertThat(accepted(log.get(sendIf(of("anna"), noEvent("bert", "closed", 0))), 0))
                .isEqualTo(3);
        assertConflict(sendIf(of("anna"), noEvent("bert", "paid", 0)), "key bert has an event paid at offset 0");
        assertThat(accepted(log.get(sendIf(of("anna"), noEvent("bert", "paid", 1))), 0))
                .isEqualTo(4);
        assertConflict(sendIf(of("anna"), noEvent("bert", "seen", 1)), "seen at offset 1");
        Future<ParcelReply> inFlight = send(batch().add("bert", "paid", 2, new byte[3]));
        Future<ParcelReply> judged = sendIf(of("anna"), noEvent("bert", "paid", 1));
        accepted(log.get(inFlight), 0);
        conflict(log.get(judged), 0);
    }

    @Test
    void an_own_key_and_others_are_judged_together() {
        append(of("bert"));
        byte[] batch = of("anna").build();
        KeyCheck[][] others = {{noEvent("bert", null, 1)}};
        Parcel both = BatchBuilder.parcelIfUnchanged(0, new long[] {0}, others, batch);
        assertThat(accepted(log.get(log.port().append(both)), 0)).isEqualTo(1);
        Parcel again = BatchBuilder.parcelIfUnchanged(
                0, new long[] {0}, others, of("anna").build());
        assertConflict(log.port().append(again), "key anna has an event at offset 1");
    }

    @Test
    void more_conditions_than_the_limit_are_invalid() {
        KeyCheck[] many = new KeyCheck[EventWriter.MAX_KEY_CONDITIONS + 1];
        Arrays.fill(many, noEvent("bert", null, 0));
        assertThat(log.failure(sendIf(of("anna"), many)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("17");
    }

    // ---- what is too old to tell

    @Test
    void an_offset_before_what_is_in_memory_is_too_old_and_a_fresh_one_is_not() {
        log = new SimulatedLog(1, new LogOptions().setTailBytes(64 << 10).setJournalFileBytes(MIB), 1);
        partition = create();
        while (log.chunks().isEmpty()) {
            append(batch().add("bert", new byte[10_000]));
        }
        assertConflict(sendIfUnchanged(0, of("anna")), "older than what is in memory");
        accepted(log.get(sendIfUnchanged(end(), of("anna"))), 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void more_events_than_the_bound_are_not_compared(boolean inFlight) {
        BatchBuilder many = batch();
        for (int i = 0; i <= EventWriter.MAX_COMPARED_EVENTS; i++) {
            many.add("bert", new byte[1]);
        }
        Future<ParcelReply> before = send(many);
        if (!inFlight) {
            log.get(before);
        }
        Future<ParcelReply> old = sendIfUnchanged(0, of("anna"));
        Future<ParcelReply> young = sendIfUnchanged(1, of("anna"));
        assertThat(conflict(log.get(old), 0)).hasMessageContaining("10001 events old, the limit is 10000");
        assertThat(accepted(log.get(young), 0)).isEqualTo(EventWriter.MAX_COMPARED_EVENTS + 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void more_bytes_than_the_bound_are_not_compared(boolean inFlight) {
        for (int i = 0; i < 5; i++) {
            Future<ParcelReply> large = send(batch().add("bert", new byte[MIB - 1_000]));
            if (!inFlight) {
                log.get(large);
            }
        }
        Future<ParcelReply> old = sendIfUnchanged(0, of("anna"));
        Future<ParcelReply> young = sendIfUnchanged(1, of("anna"));
        assertThat(conflict(log.get(old), 0)).hasMessageContaining("more than 4194304 bytes");
        assertThat(accepted(log.get(young), 0)).isEqualTo(5);
    }

    @Test
    void an_offset_past_the_end_or_of_another_partition_says_nothing() {
        append(of("bert"));
        assertConflict(sendIfUnchanged(2, of("anna")), "past its end at 1");
        assertConflict(sendIfUnchanged(Parcel.ELSEWHERE, of("anna")), "in another partition");
    }

    @Test
    void a_sealed_partition_says_so_whatever_the_offset_is() {
        append(of("bert"));
        log.get(log.catalog()
                .scale(STREAM, Set.of(partition.id()), partition.keys().halves()));
        for (long since : new long[] {0, 1, Parcel.ELSEWHERE}) {
            ParcelReply reply = log.get(sendIfUnchanged(since, of("anna")));
            assertThat(reply.refusal(0)).isInstanceOf(StrandlineException.Sealed.class);
        }
    }

    // ---- repeats

    @Test
    void a_repeat_is_a_duplicate_whatever_its_key_has_meanwhile() {
        append(of("bert"));
        BatchBuilder batch = of("anna", "anna");
        Future<ParcelReply> first = sendIfUnchanged(1, batch);
        Future<ParcelReply> atOnce = sendIfUnchanged(1, batch);
        assertThat(accepted(log.get(first), 0)).isEqualTo(1);
        assertThat(log.get(atOnce).duplicate(0)).isTrue();
        append(of("anna"));
        log.crash();
        ParcelReply repeated = log.get(sendIfUnchanged(1, batch));
        assertThat(repeated.duplicate(0)).isTrue();
        assertThat(repeated.offset(0)).isEqualTo(2);
        assertThat(end()).isEqualTo(4);
    }

    @Test
    void a_recovered_log_compares_what_it_recovered() {
        append(of("anna"));
        append(of("bert"));
        for (Runnable end : List.<Runnable>of(log::crash, log::kill)) {
            end.run();
            assertConflict(sendIfUnchanged(0, of("anna")), "offset 0");
            long last = end();
            assertThat(accepted(log.get(sendIfUnchanged(1, of("carl" + last))), 0))
                    .isEqualTo(last);
        }
    }

    /** A close moves everything to chunks, and a position from before it has to be read again. */
    @Test
    void a_log_that_was_closed_compares_from_its_end_on() {
        append(of("anna"));
        append(of("bert"));
        log.reopen();
        assertConflict(sendIfUnchanged(1, of("carl")), "older than what is in memory");
        assertThat(accepted(log.get(sendIfUnchanged(2, of("carl"))), 0)).isEqualTo(2);
        assertConflict(sendIfUnchanged(2, of("carl")), "offset 2");
        assertThat(accepted(log.get(sendIfUnchanged(2, of("anna"))), 0)).isEqualTo(3);
    }

    // ---- nonsense

    @Test
    void a_condition_on_a_key_needs_one() {
        append(of("bert"));
        ParcelReply reply = log.get(sendIfUnchanged(0, batch().add(new byte[10])));
        assertThat(reply.refusal(0))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("its first event has none");
        assertThat(Objects.requireNonNull(log.failure(log.port().append(parcel(new long[] {0, 0}, of("anna"))))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("conditions for 2");
        assertThat(end()).isEqualTo(1);
        assertThat(log.get(sendIfUnchanged(1, batch().add(new byte[10]))).refusal(0))
                .as("also where nothing has to be compared")
                .isInstanceOf(StrandlineException.Invalid.class);
    }
}
