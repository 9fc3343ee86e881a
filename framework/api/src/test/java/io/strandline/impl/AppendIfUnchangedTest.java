package io.strandline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.EventWriter.KeyCondition;
import io.strandline.Headers;
import io.strandline.HistoryOptions;
import io.strandline.KeyRange;
import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Versioned;
import io.strandline.WriterOptions;
import io.strandline.impl.FakePort.Fate;
import io.strandline.impl.reader.HistoryFold;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Folds over the history of a key, and appends that rest on them. */
class AppendIfUnchangedTest extends OnFakePort {

    private static final String STREAM = "scope/stream";
    private static final long FIRST = 100;

    @SuppressWarnings("NullAway.Init") // opened by each test, when the port is there
    private EventWriter<Buffer> writer;

    AppendIfUnchangedTest() {
        super(1, 1);
    }

    private static String join(String text, Buffer event) {
        return text + event;
    }

    private void openWriter() {
        writer = on.writer(new WriterOptions());
    }

    private Appended append(String key, String event) {
        return get(() -> writer.append(key, Buffer.buffer(event)));
    }

    private Versioned<String> fold(String key) {
        return get(() -> on.log.fold(STREAM, key, EventCodec.raw(), "", AppendIfUnchangedTest::join));
    }

    private Future<Appended> appendIf(String key, StreamCut since, String... events) {
        return on.start(() -> writer.appendIfUnchanged(
                key, List.of(events).stream().map(Buffer::buffer).toList(), since));
    }

    /** A key in another partition. Appends to both. */
    private String keyApartFromAnna() {
        return Stream.iterate(0, i -> i + 1)
                .map(i -> "key-" + i)
                .filter(key ->
                        append(key, "a").partition() != append("anna", "a").partition())
                .findFirst()
                .orElseThrow();
    }

    private void assertConflict(Future<Appended> future) {
        assertThat(OnContext.failure(future)).isInstanceOf(StrandlineException.Conflict.class);
    }

    private void split() {
        OnContext.get(port.scale(Set.of(FIRST), KeyRange.ALL.halves()));
    }

    // ---- fold

    @Test
    void a_fold_gives_the_state_of_its_key_the_version_and_up_to_where_it_saw() {
        openWriter();
        StreamName name = StreamName.parse(STREAM);
        assertThat(fold("anna")).isEqualTo(new Versioned<>(0, "", StreamCut.of(name, FIRST, 0)));
        append("anna", "a");
        append("bert", "x");
        append("anna", "b");
        append("bert", "y");
        assertThat(fold("anna")).isEqualTo(new Versioned<>(2, "ab", StreamCut.of(name, FIRST, 4)));
        assertThat(fold("carl")).isEqualTo(new Versioned<>(0, "", StreamCut.of(name, FIRST, 4)));
    }

    @Test
    void a_fold_over_many_slices_sees_up_to_the_end_of_the_last() {
        openWriter();
        for (int i = 0; i < 30; i++) {
            append(i % 3 == 0 ? "anna" : "bert", "x");
        }
        Versioned<Integer> small = get(() -> on.log
                .history(STREAM, "anna", EventCodec.raw(), new HistoryOptions().setReadAheadBytes(1))
                .compose(reader -> HistoryFold.of(reader, 0, (count, event) -> count + 1)));
        assertThat(small.state()).isEqualTo(10);
        assertThat(small.position().offset(FIRST)).isEqualTo(30);
    }

    @Test
    void a_limit_that_ends_a_history_leaves_the_position_at_its_last_event() {
        openWriter();
        append("anna", "a");
        append("anna", "b");
        Versioned<String> one = get(() -> on.log
                .history(STREAM, "anna", EventCodec.raw(), new HistoryOptions().setLimit(1))
                .compose(reader -> HistoryFold.of(reader, "", AppendIfUnchangedTest::join)));
        assertThat(one.position().offset(FIRST)).isEqualTo(1);
    }

    @Test
    void a_fold_over_a_split_sees_all_events_and_stands_in_the_successor() {
        openWriter();
        append("anna", "a");
        split();
        Versioned<String> before = fold("anna");
        long successor = append("anna", "b").partition();
        assertThat(before.state()).isEqualTo("a");
        assertThat(before.position().offsets()).containsOnlyKeys(successor);
        assertThat(fold("anna"))
                .isEqualTo(new Versioned<>(2, "ab", StreamCut.of(StreamName.parse(STREAM), successor, 1)));
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void what_evolve_throws_or_a_missing_state_fails_the_fold_with_its_event() {
        openWriter();
        append("anna", "a");
        append("anna", "b");
        for (BiFunction<String, Buffer, String> bad : List.<BiFunction<String, Buffer, String>>of(
                (text, event) -> {
                    throw new IllegalStateException("no " + event);
                },
                (text, event) -> null)) {
            Throwable failure = failure(() -> on.log.fold(STREAM, "anna", EventCodec.raw(), "", bad));
            assertThat(failure)
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageContaining("offset 0")
                    .hasMessageContaining("anna");
        }
    }

    // ---- append

    @Test
    void an_append_is_refused_only_if_its_own_key_has_an_event_after_the_fold() {
        openWriter();
        append("anna", "a");
        Versioned<String> anna = fold("anna");
        append("bert", "x");
        assertThat(OnContext.get(appendIf("anna", anna.position(), "b", "c"))).isEqualTo(new Appended(FIRST, 2, false));
        assertConflict(appendIf("anna", anna.position(), "d"));
        assertThat(fold("anna").state()).isEqualTo("abc");
        assertThat(OnContext.get(appendIf("anna", fold("anna").position(), "d")).offset())
                .isEqualTo(4);
    }

    private Future<Appended> appendIf(String key, StreamCut since, List<KeyCondition> others) {
        return on.start(() -> writer.appendIfUnchanged(key, List.of(Buffer.buffer("x")), since, others, Headers.NONE));
    }

    @Test
    void keys_of_two_partitions_are_invalid_with_both_and_so_are_too_many_and_those_of_another_stream() {
        openWriter();
        StreamCut since = fold("anna").position();
        KeyCondition bert = KeyCondition.unchanged("bert", since);
        OnContext.get(appendIf("anna", since, List.of(bert, KeyCondition.noEvent("carl", "paid", since))));
        split();
        append("anna", "a");
        StreamCut now = fold("anna").position();
        List<String> refused = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Future<Appended> apart = appendIf("anna", now, List.of(KeyCondition.unchanged("key-" + i, now)));
            OnContext.get(apart.otherwise(new Appended(0, 0, false)));
            if (apart.failed() && apart.cause() instanceof StrandlineException.Invalid invalid) {
                refused.add(String.valueOf(invalid.getMessage()));
            }
        }
        assertThat(refused).isNotEmpty().allSatisfy(message -> assertThat(message)
                .contains("anna", "key-", "the first is in partition 1", "the other in partition 1"));
        assertThat(OnContext.failure(appendIf("anna", now, Collections.nCopies(17, bert))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("17");
        StreamCut foreign = StreamCut.of(StreamName.parse("scope/other"), FIRST, 0);
        assertThat(OnContext.failure(appendIf("anna", now, List.of(KeyCondition.unchanged("bert", foreign)))))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("scope/other")
                .hasMessageContaining("bert");
    }

    @Test
    void keys_that_a_merge_has_brought_together_are_followed_by_a_writer_that_has_not_heard_of_it() {
        split();
        openWriter();
        String other = keyApartFromAnna();
        merge();
        Versioned<String> anna = fold("anna");
        List<KeyCondition> rests =
                List.of(KeyCondition.unchanged(other, fold(other).position()));
        List<Future<Appended>> calls = new ArrayList<>();
        on.run(() -> {
            for (int i = 0; i < 2; i++) {
                calls.add(writer.appendIfUnchanged(
                        "anna", List.of(Buffer.buffer("b")), anna.position(), rests, Headers.NONE));
                calls.add(writer.append("anna", Buffer.buffer("c")));
            }
            return null;
        });
        assertThat(OnContext.get(calls.get(0)).partition())
                .isEqualTo(OnContext.get(calls.get(1)).partition());
        assertConflict(calls.get(2));
        OnContext.get(calls.get(3));
        assertThat(fold("anna").state()).isEqualTo(anna.state() + "bcc");
    }

    private void merge() {
        Set<Long> open = OnContext.get(port.catalog().describe(STREAM)).partitions().stream()
                .map(PartitionDescription::id)
                .collect(Collectors.toSet());
        OnContext.get(port.scale(open, List.of(KeyRange.ALL)));
    }

    /** The log has the last word on where they are, so those that a writer takes for apart are asked about. */
    @Test
    void keys_that_are_apart_are_invalid_and_disturb_no_other_append() {
        split();
        openWriter();
        String other = keyApartFromAnna();
        StreamCut since = fold("anna").position();
        List<KeyCondition> rests =
                List.of(KeyCondition.unchanged(other, fold(other).position()));
        List<Future<Appended>> calls = new ArrayList<>();
        on.run(() -> {
            calls.add(writer.append("anna", Buffer.buffer("x")));
            calls.add(writer.appendIfUnchanged("anna", List.of(Buffer.buffer("b")), since, rests, Headers.NONE));
            calls.add(writer.append("anna", Buffer.buffer("y")));
            return null;
        });
        OnContext.get(calls.get(0));
        assertThat(OnContext.failure(calls.get(1)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("anna")
                .hasMessageContaining(other);
        OnContext.get(calls.get(2));
        assertThat(fold("anna").state()).endsWith("xy");
        assertThat(port.refreshes).hasValue(0);
    }

    @Test
    void headers_come_with_every_event() {
        openWriter();
        Headers headers = Headers.of(Headers.USER, "anna");
        StreamCut since = fold("anna").position();
        get(() -> writer.appendIfUnchanged("anna", List.of(Buffer.buffer("a"), Buffer.buffer("b")), since, headers));
        assertThat(OnContext.get(collecting(get(() -> on.log.history(STREAM, "anna", EventCodec.raw())))))
                .hasSize(2)
                .allMatch(record -> record.headers().equals(headers));
    }

    @Test
    void of_many_at_once_one_is_appended_and_appends_around_them_keep_their_order() {
        openWriter();
        StreamCut since = fold("anna").position();
        port.fate = parcel -> Fate.HELD;
        Future<Appended> bert = on.run(() -> writer.append("bert", Buffer.buffer("1")));
        Future<Appended> first = appendIf("anna", since, "a");
        Future<Appended> second = appendIf("anna", since, "b");
        Future<Appended> later = on.run(() -> writer.append("bert", Buffer.buffer("2")));
        port.fate = parcel -> Fate.TAKEN;
        OnContext.get(port.answerHeld());
        assertThat(OnContext.get(bert).offset()).isZero();
        assertThat(OnContext.get(first).offset()).isEqualTo(1);
        assertConflict(second);
        assertThat(OnContext.get(later).offset()).isEqualTo(2);
        assertThat(fold("bert").state()).isEqualTo("12");
    }

    @Test
    void a_repeat_after_a_lost_answer_is_the_same_append() {
        openWriter();
        append("anna", "a");
        StreamCut since = fold("anna").position();
        int[] tries = {0};
        port.fate = parcel -> tries[0]++ == 0 ? Fate.UNKNOWN_TAKEN : Fate.TAKEN;
        assertThat(OnContext.get(appendIf("anna", since, "b")).duplicate()).isTrue();
        assertThat(tries[0]).isEqualTo(2);
        assertThat(fold("anna").state()).isEqualTo("ab");
        assertConflict(appendIf("anna", since, "c"));
    }

    @Test
    void a_position_in_a_sealed_partition_is_a_conflict_and_a_fresh_one_is_not() {
        openWriter();
        append("anna", "a");
        StreamCut old = fold("anna").position();
        split();
        assertConflict(appendIf("anna", old, "b"));
        assertConflict(appendIf("anna", old, "b"));
        OnContext.get(appendIf("anna", fold("anna").position(), "b"));
        assertThat(fold("anna").state()).isEqualTo("ab");
    }

    @Test
    void a_position_in_a_partition_that_the_writer_does_not_know_yet_is_followed() {
        openWriter();
        append("anna", "a");
        split();
        Versioned<String> anna = fold("anna");
        Appended place = OnContext.get(appendIf("anna", anna.position(), "b"));
        assertThat(anna.position().offset(place.partition())).isZero();
        assertConflict(appendIf("anna", anna.position(), "c"));
    }

    @Test
    void the_condition_moves_with_a_repeat_and_still_holds() {
        openWriter();
        append("anna", "a");
        split();
        StreamCut since = fold("anna").position();
        EventWriter<Buffer> other = on.writer(new WriterOptions());
        get(() -> other.append("anna", Buffer.buffer("b")));
        assertConflict(appendIf("anna", since, "c"));
        assertThat(fold("anna").state()).isEqualTo("ab");
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without such a check may do
    void a_position_of_another_stream_and_no_key_are_invalid() {
        openWriter();
        StreamCut foreign = StreamCut.of(StreamName.parse("scope/other"), FIRST, 0);
        assertThat(OnContext.failure(appendIf("anna", foreign, "a")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("scope/other");
        assertThat(OnContext.failure(appendIf(null, fold("anna").position(), "a")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("needs a routing key");
        assertThat(OnContext.failure(appendIf("anna", fold("anna").position())))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no event");
        assertThat(port.arrived).isEmpty();
    }
}
