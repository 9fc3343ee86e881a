package io.strandline.log.impl.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import io.strandline.spi.WriterGrant;
import io.strandline.testkit.DiskOperation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Which changes of the catalog run at the same time, and which one after the other. */
class CatalogChangesTest {

    private static final String STREAM = "shop/orders";

    private final SimulatedLog log = new SimulatedLog(1, new LogOptions(), 2);
    private final CatalogChanges changes = new CatalogChanges(log.hosts());
    private final List<String> begun = new ArrayList<>();

    private Future<Void> beside(String key, Future<Void> end) {
        return changes.changeBeside(key, CatalogChangesTest::yes, () -> {
            begun.add(key);
            return end;
        });
    }

    private Future<Void> alone(String name, Future<Void> end) {
        return changes.change(() -> {
            begun.add(name);
            return end;
        });
    }

    private static Future<Boolean> yes() {
        return Future.succeededFuture(true);
    }

    private static Future<Void> done() {
        return Future.succeededFuture();
    }

    @Test
    void changes_of_several_keys_run_beside_each_other_and_those_of_one_key_do_not() {
        Promise<Void> first = Promise.promise();
        beside("a", first.future());
        log.get(beside("b", done()));
        Future<Void> again = beside("a", done());
        log.pass(10);
        assertThat(begun).containsExactly("a", "b");

        first.complete();
        log.get(again);
        assertThat(begun).containsExactly("a", "b", "a");
    }

    @Test
    void a_change_that_runs_alone_waits_for_all_before_it_and_all_after_it_wait_for_it() {
        Promise<Void> before = Promise.promise();
        Promise<Void> middle = Promise.promise();
        beside("a", before.future());
        alone("alone", middle.future());
        Future<Void> after = beside("b", done());
        log.pass(10);
        assertThat(begun).containsExactly("a");

        before.complete();
        log.pass(10);
        assertThat(begun).containsExactly("a", "alone");

        middle.complete();
        log.get(after);
        assertThat(begun).containsExactly("a", "alone", "b");
    }

    /** Otherwise an admission that finishes a scaling would fence a writer of its id that was admitted later. */
    @Test
    void a_change_that_may_not_run_beside_others_runs_alone_before_the_next_of_its_key() {
        Promise<Void> before = Promise.promise();
        beside("b", before.future());
        changes.changeBeside("a", () -> Future.succeededFuture(false), () -> {
            begun.add("first a");
            return done();
        });
        Future<Void> second = beside("a", done());
        log.pass(10);
        assertThat(begun).containsExactly("b");

        before.complete();
        log.get(second);
        assertThat(begun).containsExactly("b", "first a", "a");
    }

    @Test
    void no_more_than_the_limit_run_beside_each_other() {
        List<Promise<Void>> ends = new ArrayList<>();
        for (int i = 0; i <= CatalogChanges.MAX_BESIDE; i++) {
            Promise<Void> end = Promise.promise();
            ends.add(end);
            beside("key-" + i, end.future());
        }
        log.until("as many as may begin", () -> begun.size() == CatalogChanges.MAX_BESIDE);
        log.pass(10);
        assertThat(begun).hasSize(CatalogChanges.MAX_BESIDE);

        ends.get(0).complete();
        log.until("the last one", () -> begun.size() == CatalogChanges.MAX_BESIDE + 1);
    }

    @Test
    void nothing_begins_before_what_each_change_of_unknown_outcome_has_queued_is_known() {
        List<Promise<Void>> settlings = new ArrayList<>();
        CatalogChanges doubtful = new CatalogChanges(log.hosts(), () -> {
            Promise<Void> settling = Promise.promise();
            settlings.add(settling);
            return settling.future();
        });
        Promise<Void> first = Promise.promise();
        Promise<Void> second = Promise.promise();
        doubtful.changeBeside("first", CatalogChangesTest::yes, first::future);
        doubtful.changeBeside("second", CatalogChangesTest::yes, second::future);
        log.pass(10);
        first.fail(new StrandlineException.Unknown("first"));
        Future<Void> third = doubtful.changeBeside("third", CatalogChangesTest::yes, CatalogChangesTest::done);
        log.pass(10);
        second.fail(new StrandlineException.Unknown("second"));
        log.pass(10);
        assertThat(settlings).hasSize(1);
        assertThat(third.isComplete()).isFalse();

        settlings.get(0).complete();
        log.pass(10);
        assertThat(third.isComplete())
                .as("the second doubt began after the first was asked")
                .isFalse();

        settlings.get(1).complete();
        log.get(third);
        log.get(doubtful.change(CatalogChangesTest::done));
        assertThat(settlings).as("nothing is in doubt any more").hasSize(2);
    }

    @Test
    void writers_that_are_admitted_at_the_same_time_have_numbers_of_their_own() {
        StreamDescription stream = log.createStream(STREAM, new StreamOptions().setPartitions(4));
        List<Future<WriterGrant>> admitted = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            admitted.add(log.port().admitWriter(StreamName.parse(STREAM), "writer-" + i % 400));
        }
        Set<Long> numbers = new HashSet<>();
        for (int i = 0; i < 400; i++) {
            numbers.add(log.get(admitted.get(i)).writer());
        }
        assertThat(numbers).hasSize(400);
        for (int i = 400; i < 500; i++) {
            WriterGrant later = log.get(admitted.get(i));
            assertThat(later.writer()).isEqualTo(log.get(admitted.get(i - 400)).writer());
            assertThat(later.epoch()).isEqualTo(2);
        }
        assertThat(stream.partitions()).hasSize(4);

        log.crash();
        WriterGrant next = log.get(log.port().admitWriter(StreamName.parse(STREAM), "writer-0"));
        assertThat(next.epoch()).isEqualTo(3);
        assertThat(numbers).contains(next.writer());
        assertThat(numbers)
                .doesNotContain(log.get(log.port().admitWriter(StreamName.parse(STREAM), "a new one"))
                        .writer());
    }

    @Test
    void many_writers_are_admitted_by_few_forces() {
        log.createStream(STREAM, new StreamOptions().setPartitions(4));
        AtomicInteger forces = new AtomicInteger();
        log.disk().observe((operation, file) -> {
            if (operation == DiskOperation.FORCE) {
                forces.incrementAndGet();
            }
        });
        List<Future<WriterGrant>> admitted = new ArrayList<>();
        for (int i = 0; i < CatalogChanges.MAX_BESIDE; i++) {
            admitted.add(log.port().admitWriter(StreamName.parse(STREAM), "writer-" + i));
        }
        admitted.forEach(log::get);
        assertThat(forces.get()).isLessThan(CatalogChanges.MAX_BESIDE);
    }

    @Test
    void an_admission_finishes_a_scaling_that_was_begun() {
        StreamDescription stream = log.createStream(STREAM, new StreamOptions().setPartitions(1));
        long partition = stream.partitions().get(0).id();
        Future<StreamDescription> scaled = log.catalog().scale(STREAM, Set.of(partition), KeyRange.ALL.halves());
        log.until(
                "the intent is logged",
                () -> log.ask(0, shard -> !shard.state().catalog().scaling().isEmpty()));
        log.crash();
        WriterGrant grant = log.get(log.port().admitWriter(StreamName.parse(STREAM), "writer"));
        assertThat(scaled.isComplete()).isFalse();
        assertThat(grant.stream().partitions()).hasSize(2);
    }
}
