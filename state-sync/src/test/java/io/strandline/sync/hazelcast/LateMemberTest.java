package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.strandline.StreamName;
import io.strandline.sync.MemoryRevisionStore;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.spi.AppendId;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A member that joins after the store was opened, and was started without its configuration. */
class LateMemberTest {

    private static final StreamName NAME = new StreamName("late", "member");

    @Test
    void costs_a_store_over_a_log_the_map_and_nothing_else() {
        Member member = Member.first();
        BusOptions options = new BusOptions();
        RevisionEndpoint endpoint =
                await(HazelcastOverLogStore.serve(member.vertx(), MemoryRevisionStore.create(), options));
        HazelcastOverLogStore store = await(HazelcastOverLogStore.open(member.vertx(), options));
        await(store.readSince(NAME, Position.NONE));
        UUID writer = UUID.randomUUID();
        Position known = Position.NONE.next(new AppendId(writer, 1));
        CatchUp onlyInTheMap =
                new CatchUp(Position.NONE, List.of(new Revision(known, Revision.Form.CHANGE, new byte[] {1})));
        member.hazelcast()
                .<String, StoredNews>getMap(NewsMap.NAME)
                .executeOnKey(
                        NewsMap.keyOf(endpoint.owner().log(), NAME),
                        new PublishNews(StoredNews.of(endpoint.owner().epoch(), writer, onlyInTheMap)));
        assertThat(await(store.readNews(NAME, Position.NONE)).newest()).isEqualTo(known);

        HazelcastInstance bare = Hazelcast.newHazelcastInstance(Member.loopbackNextTo(member.hazelcast()));
        assertThat(await(store.readNews(NAME, Position.NONE)).newest())
                .as("the log decides")
                .isEqualTo(Position.NONE);
        bare.getLifecycleService().terminate();
        member.close();
    }
}
