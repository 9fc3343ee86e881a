package io.strandline.processing.group;

import static io.strandline.log.Applications.failure;
import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Retention;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What the catalog knows of a group, and the streams that are a group's own. */
class GroupRetentionTest extends GroupOnFiles {

    private SortedMap<String, StreamCut> subscribers() {
        return get(log.catalog().subscribers(STREAM));
    }

    /** The one subscriber of a generation after the first. */
    private String generation() {
        List<String> names = subscribers().keySet().stream()
                .filter(name -> name.matches(GROUP + "@[0-9]+"))
                .toList();
        assertThat(names).hasSize(1);
        return names.get(0);
    }

    @Test
    void aGroupThatIsOpenIsKnownToRetention() {
        ReaderGroup group = group(options());
        assertThat(subscribers()).containsOnlyKeys(GROUP);
        get(group.delete());
        assertThat(subscribers()).isEmpty();
        group(options());
        assertThat(subscribers()).containsOnlyKeys(generation());
    }

    @Test
    void whatACheckpointNeedsIsKept() {
        get(log.catalog().setRetention(STREAM, Retention.untilConsumed(0)));
        ReaderGroup group = group(options());
        AtomicBoolean isReset = new AtomicBoolean();
        Promise<Void> afterReset = Promise.promise();
        join(newContext(vertx), group, "only", event -> isReset.get() ? afterReset.future() : Future.succeededFuture());
        append(0, 300);
        get(group.awaitPosition(end()));
        StreamCut cut = end();
        get(group.checkpoint("noon"));
        assertThat(subscribers()).containsEntry(GROUP + "!noon", cut);
        append(300, 500);
        get(group.awaitPosition(end()));
        isReset.set(true);
        get(group.resetToCheckpoint("noon"));
        String reset = generation();
        assertThat(subscribers()).containsOnlyKeys(GROUP + "!noon", reset);
        assertThat(subscribers()).containsEntry(reset, cut);
        get(group.dropCheckpoint("noon"));
        assertThat(subscribers()).containsOnlyKeys(reset);
        afterReset.complete();
    }

    @Test
    void subscribersOfOthersAreLeftAlone() {
        List<String> others = List.of(GROUP + "@eu", GROUP + "@", GROUP + "@007", GROUP + "@" + "9".repeat(30));
        append(0, 10);
        others.forEach(other -> get(log.catalog().commitConsumed(STREAM, other, end())));
        ReaderGroup group = group(options());
        assertThat(subscribers()).containsKey(GROUP).containsKeys(others.toArray(String[]::new));
        get(group.setOptions(options().setLeaseMillis(50_000)));
        get(group.resetToStart());
        get(group.delete());
        assertThat(subscribers()).containsOnlyKeys(others.toArray(String[]::new));
    }

    @Test
    void aGroupNamedLikeItsStreamWritesNothingIntoIt() {
        ReaderGroup group = get(ReaderGroup.open(vertx, log, sync, STREAM, options()));
        join(group, "only");
        append(0, 100);
        get(group.awaitPosition(end()));
        assertThat(end().offsets().values().stream().mapToLong(offset -> offset).sum())
                .isEqualTo(100);
        assertEachOnceAndInOrder(100);
        get(group.close());
    }

    @Test
    void theStreamsOfGroupsAreNobodyElses() {
        group(options());
        assertThat(get(log.catalog().scopes())).containsExactly("shop");
        assertThat(get(log.catalog().streams("shop"))).containsExactly(STREAM_NAME);
        assertThat(failure(log.catalog().createStream("_strandline/mine", new StreamOptions())))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(failure(log.catalog().createScope(StreamName.RESERVED_SCOPE)))
                .isInstanceOf(StrandlineException.Invalid.class);
        assertThat(failure(log.catalog().createReserved("shop/mine", new StreamOptions())))
                .isInstanceOf(StrandlineException.Invalid.class);
    }

    @Test
    void theGroupsOfAScopeAreListed() {
        ReaderGroup group = group(options());
        get(ReaderGroup.open(vertx, log, sync, "shop/audit", options()));
        get(ReaderGroup.open(vertx, log, sync, "other/billing", options()));
        assertThat(get(ReaderGroup.list(vertx, sync, "shop"))).containsExactly("shop/audit", GROUP);
        get(group.delete());
        assertThat(get(ReaderGroup.list(vertx, sync, "shop"))).containsExactly("shop/audit");
        group(options());
        assertThat(get(ReaderGroup.list(vertx, sync, "shop"))).containsExactly("shop/audit", GROUP);
    }

    @Test
    void aParkingStreamOfOthersIsRefusedAtOpen() {
        append(0, 10);
        get(log.catalog().createStream("shop/one", new StreamOptions()));
        GroupOptions parks = options().setPoison(PoisonPolicy.PARK);
        assertThat(failure(ReaderGroup.open(
                        vertx, log, sync, "shop/first", new GroupOptions(parks).setParkingStream(STREAM))))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("partitions is 8");
        GroupOptions shared = new GroupOptions(parks).setParkingStream("shop/one");
        get(ReaderGroup.open(vertx, log, sync, "shop/second", shared));
        assertThat(failure(ReaderGroup.open(vertx, log, sync, "shop/third", shared)))
                .isInstanceOf(StrandlineException.Conflict.class)
                .hasMessageContaining("shop/second");
    }
}
