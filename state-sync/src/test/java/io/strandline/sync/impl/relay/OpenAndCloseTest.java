package io.strandline.sync.impl.relay;

import static io.strandline.sync.Texts.await;
import static io.strandline.sync.Texts.failureOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSyncOptions;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.SynchronizerOptions;
import io.strandline.sync.Texts;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class OpenAndCloseTest {

    private final FaultyStore store = new FaultyStore();

    @Test
    void a_name_that_nobody_wrote_can_be_refused(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store);
        SynchronizerOptions existing = new SynchronizerOptions().setCreateIfMissing(false);
        assertThat(failureOf(sync.open("open/missing", Texts.MODEL, existing)))
                .isInstanceOf(StrandlineException.NotFound.class)
                .hasMessageContaining("open/missing");
        StateSynchronizer<List<String>, String> writer = await(sync.open("open/missing", Texts.MODEL));
        await(writer.update(state -> List.of("a")));
        assertThat(await(sync.open("open/missing", Texts.MODEL, existing)).state())
                .isEqualTo(new Revisioned<>(1, List.of("a")));
    }

    @Test
    void bad_names_and_options_are_invalid(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store);
        assertThatThrownBy(() -> sync.open("no scope", Texts.MODEL)).isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> sync.open("a/b", Texts.MODEL, new SynchronizerOptions().setMaxAttempts(0)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxAttempts is 0");
        assertThatThrownBy(() -> StateSync.create(vertx, store, new StateSyncOptions().setMaxBatchRevisions(0)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("maxBatchRevisions is 0");
    }

    @Test
    void names_are_bounded_and_a_close_makes_room(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store, new StateSyncOptions().setMaxNames(1));
        StateSynchronizer<List<String>, String> one = await(sync.open("open/one", Texts.MODEL));
        assertThat(failureOf(sync.open("open/two", Texts.MODEL)))
                .isInstanceOf(StrandlineException.Overloaded.class)
                .hasMessageContaining("open/two");
        await(one.close());
        await(one.close());
        await(sync.open("open/two", Texts.MODEL));
    }

    @Test
    void bytes_that_no_codec_can_read_fail_the_open_and_not_the_name(Vertx vertx) {
        StreamName name = new StreamName("open", "damaged");
        Position first = Position.NONE.next(new AppendId(UUID.randomUUID(), 1));
        await(store.append(
                name, Position.NONE, List.of(new Revision(first, Revision.Form.CHANGE, new byte[] {9, 9, 9}))));
        StateSync sync = StateSync.create(vertx, store);
        assertThat(failureOf(sync.open(name.toString(), Texts.MODEL)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("revision 1");
        await(sync.open("open/other", Texts.MODEL));
    }

    @Test
    void a_store_that_cannot_serve_fails_the_open(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store);
        store.reads(answer -> Future.failedFuture(new StrandlineException.Corrupt("wrong key for the test")));
        assertThat(failureOf(sync.open("open/corrupt", Texts.MODEL))).isInstanceOf(StrandlineException.Corrupt.class);
        store.reads(answer -> answer);
        await(sync.open("open/corrupt", Texts.MODEL));
    }

    @Test
    void a_second_synchronizer_far_behind_needs_one_read(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store, new StateSyncOptions().setRefreshMillis(3_600_000));
        StateSynchronizer<List<String>, String> one = await(sync.open("open/long", Texts.MODEL));
        for (int i = 0; i < Chain.MAX_REVISIONS + 100; i++) {
            await(one.update(state -> state.size() > 3 ? List.of("x") : List.of("y")));
        }
        int reads = store.readCount();
        store.tellNothing();
        StateSynchronizer<List<String>, String> two = await(sync.open("open/long", Texts.MODEL));
        assertThat(two.state()).isEqualTo(one.state());
        assertThat(store.readCount() - reads).isLessThanOrEqualTo(2); // what it lacks, and whether that is the newest
    }

    @Test
    void a_closed_one_opens_nothing_and_its_synchronizers_end(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store);
        StateSynchronizer<List<String>, String> one = await(sync.open("open/one", Texts.MODEL));
        await(sync.close());
        await(sync.close());
        assertThat(failureOf(one.fetch())).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(failureOf(sync.open("open/one", Texts.MODEL))).isInstanceOf(StrandlineException.Unavailable.class);
    }

    @Test
    void a_synchronizer_ends_with_its_verticle(Vertx vertx) {
        StateSync sync = StateSync.create(vertx, store);
        Promise<StateSynchronizer<List<String>, String>> opened = Promise.promise();
        String id = await(vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                return sync.open("open/one", Texts.MODEL).onComplete(opened);
            }
        }));
        StateSynchronizer<List<String>, String> one = await(opened.future());
        await(one.update(state -> List.of("a")));
        await(vertx.undeploy(id));
        assertThat(failureOf(one.fetch())).isInstanceOf(StrandlineException.Unavailable.class);
    }
}
