package io.strandline.sync.hazelcast;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.strandline.StreamName;
import io.strandline.sync.bus.BusOptions;
import io.strandline.sync.bus.BusRevisionStore;
import io.strandline.sync.bus.RevisionEndpoint;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The store for a cluster in which one JVM owns the log. The log decides, and Hazelcast carries the news.
 *
 * <p>That JVM calls {@link #serve}, and its own synchronizers use the log's store itself. The other members {@link #open}
 * this store. Appends, {@link #readSince} and {@link #compact} go over the event bus to the owner, which answers when
 * they are durable. {@link #readNews} reads the Hazelcast map {@code strandline.sync.news}, to which the owner publishes
 * every durable revision. Listeners on that map notify watchers.
 *
 * <p><b>What it promises.</b> The same as the log's store: linearizable, and durable on completion. No promise depends on
 * Hazelcast. The map holds only durable revisions, the newest of them by (epoch of the owner, revision), so late,
 * repeated and divided news change nothing. A member that does not find the missing revisions there asks the log. Losing
 * the memory of every Hazelcast member loses nothing: the next news fill the map again.
 *
 * <p>While the owner is away, every call is Unavailable because it reaches nobody. News that are already in the map can
 * still be read. An append that the owner did not answer is Unknown. A member that was paused, or cut off, goes on where
 * it was, and finds missed news in the log. News may be lost with the member that holds them (S11).
 *
 * <p>If a member that keeps data was not configured, this is logged, and while it is there the map is not read: news come
 * from the log.
 *
 * <p>Beside the log, it costs a round trip over the event bus for each append or fetch of another member. Each change of
 * a name that members ask for costs one message to the owner of its key and one event for each member. A look for news
 * that finds none in the map costs a round trip to the owner of the log.
 *
 * <p>Every method may be called on an event loop.
 */
public final class HazelcastOverLogStore implements RevisionStore {

    private final ContextInternal context;
    private final BusRevisionStore log;
    private final IMap<String, StoredNews> map;
    private final NewsListener<StoredNews> listener;
    private final PreparedMembers prepared;

    private HazelcastOverLogStore(
            ContextInternal context, PreparedMembers prepared, BusRevisionStore log, IMap<String, StoredNews> map) {
        this.context = context;
        this.prepared = prepared;
        this.log = log;
        this.map = map;
        this.listener = new NewsListener<>(context, map, key -> NewsMap.nameOf(log.log(), key));
    }

    /** Serves a log on the Hazelcast instance of a clustered Vert.x. */
    public static Future<RevisionEndpoint> serve(Vertx vertx, RevisionStore log, BusOptions options) {
        return Attempt.of(() -> serve(vertx, AppliedConfig.instanceOf(vertx), log, options));
    }

    /**
     * Serves the store of the log that this JVM owns to all members of the cluster, until the endpoint is closed.
     *
     * <p>Fails as {@link RevisionEndpoint#open} does, with Conflict if the address is served already, and with Invalid if the instance was started without {@link
     * HazelcastSyncConfig}.
     */
    public static Future<RevisionEndpoint> serve(
            Vertx vertx, HazelcastInstance instance, RevisionStore log, BusOptions options) {
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        return mapOf(vertx, instance)
                .compose(map -> RevisionEndpoint.open(vertx, log, options, new HazelcastNews(context, map, log)));
    }

    /** Opens the store on the Hazelcast instance of a clustered Vert.x. */
    public static Future<HazelcastOverLogStore> open(Vertx vertx, BusOptions options) {
        return Attempt.of(() -> open(vertx, AppliedConfig.instanceOf(vertx), options));
    }

    /**
     * Opens the store on a member that does not own the log. The owner may be away.
     *
     * <p>Fails with Invalid if an option is invalid, or if the instance was started without {@link HazelcastSyncConfig}.
     */
    public static Future<HazelcastOverLogStore> open(Vertx vertx, HazelcastInstance instance, BusOptions options) {
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        return mapOf(vertx, instance).compose(map -> BusRevisionStore.open(vertx, options)
                .map(log -> new HazelcastOverLogStore(context, new PreparedMembers(instance.getCluster()), log, map)));
    }

    @Override
    public int maxValueBytes() {
        return log.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        return log.append(name, expected, next);
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        return log.readSince(name, known);
    }

    @Override
    public Future<CatchUp> readNews(StreamName name, Position known) {
        @Nullable UUID met = log.log();
        if (met == null || !prepared.look().isEmpty()) {
            return log.readSince(name, known);
        }
        return OnKey.submit(context, map, NewsMap.keyOf(met, name), new ReadNews(known))
                .transform(read ->
                        read.succeeded() && !read.result().missed().revisions().isEmpty()
                                ? Future.succeededFuture(read.result().missed())
                                : log.readSince(name, known));
    }

    @Override
    public Future<CatchUp> look(StreamName name, Position known) {
        return log.look(name, known);
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return log.compact(name, snapshot);
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return listener.watch(name, news).compose(heard -> log.watch(name, news)
                .map(asked ->
                        (Watch) () -> Future.join(heard.close(), asked.close()).mapEmpty())
                .onFailure(refused -> heard.close()));
    }

    /** Hears no more news. The Hazelcast instance stays its owner's. */
    public Future<Void> close() {
        return log.close();
    }

    private static Future<IMap<String, StoredNews>> mapOf(Vertx vertx, HazelcastInstance instance) {
        return vertx.executeBlocking(() -> {
            AppliedConfig.require(instance);
            NewsMap.require(instance.getConfig());
            return instance.getMap(NewsMap.NAME);
        });
    }
}
