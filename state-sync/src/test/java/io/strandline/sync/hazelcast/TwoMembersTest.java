package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.sync.Revisioned;
import io.strandline.sync.StateModel;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TwoMembersTest {

    private static final int NAMES = 8;

    private final List<String> names = new ArrayList<>();
    private final List<StateSynchronizer<List<String>, String>> here = new ArrayList<>();
    private final List<StateSynchronizer<List<String>, String>> there = new ArrayList<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private Member one;
    private Member two;

    @BeforeEach
    void start() {
        one = Member.first();
        two = one.another();
        assertThat(one.hazelcast().getCluster().getMembers()).hasSize(2);
        for (int i = 0; i < NAMES; i++) { // enough that each member owns some
            names.add("members/" + UUID.randomUUID());
            here.add(open(one, names.get(i)));
            there.add(open(two, names.get(i)));
        }
    }

    @AfterEach
    void stop() {
        two.close();
        one.close();
    }

    @Test
    void updates_of_both_members_stand_in_one_order_and_outlive_either() {
        await(Future.all(List.of(updates(here, "here", 20), updates(there, "there", 20))));
        List<Revisioned<List<String>>> seen = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            Revisioned<List<String>> state = await(here.get(i).fetch());
            assertThat(state.revision()).isEqualTo(40);
            assertThat(state.state()).doesNotHaveDuplicates().hasSize(40);
            assertThat(await(there.get(i).fetch())).isEqualTo(state);
            seen.add(state);
        }

        two.close();

        for (int i = 0; i < NAMES; i++) {
            assertThat(await(open(one, names.get(i)).fetch())).isEqualTo(seen.get(i));
            assertThat(await(here.get(i).update(state -> List.of("end"))).revision())
                    .isEqualTo(41);
        }
    }

    @Test
    void updates_go_on_and_each_counts_once_while_the_other_member_dies() {
        List<Future<Long>> running = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            StateSynchronizer<String, String> counter = counter(one, "counters/" + i);
            running.add(countUntilStopped(counter, 0));
        }
        two.crash();
        stopped.set(true);

        for (int i = 0; i < NAMES; i++) {
            long acknowledged = await(running.get(i));
            assertThat(await(counter(one, "counters/" + i).fetch()))
                    .isEqualTo(new Revisioned<>(acknowledged, Long.toString(acknowledged)));
        }
    }

    private Future<Long> countUntilStopped(StateSynchronizer<String, String> counter, long acknowledged) {
        boolean last = stopped.get();
        return counter.update(count -> List.of(Long.toString(Long.parseLong(count) + 1)))
                .compose(state ->
                        last ? Future.succeededFuture(acknowledged + 1) : countUntilStopped(counter, acknowledged + 1));
    }

    private static StateSynchronizer<String, String> counter(Member member, String name) {
        return await(
                HazelcastRevisionStore.open(member.vertx()).compose(store -> StateSync.create(member.vertx(), store)
                        .open(name, StateModel.ofValue("0", Texts.TEXT))));
    }

    private static Future<?> updates(
            List<StateSynchronizer<List<String>, String>> synchronizers, String author, int count) {
        List<Future<?>> all = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            String text = author + n;
            synchronizers.forEach(each -> all.add(each.update(state -> List.of(text))));
        }
        return Future.all(all);
    }

    private static StateSynchronizer<List<String>, String> open(Member member, String name) {
        return await(HazelcastRevisionStore.open(member.vertx())
                .compose(store -> StateSync.create(member.vertx(), store).open(name, Texts.MODEL)));
    }
}
