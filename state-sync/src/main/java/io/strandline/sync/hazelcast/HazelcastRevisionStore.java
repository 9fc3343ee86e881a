package io.strandline.sync.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.core.EntryEvent;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastOverloadException;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import com.hazelcast.map.listener.MapListener;
import com.hazelcast.spi.merge.PutIfAbsentMergePolicy;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Missed;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps revisions in the memory of a Hazelcast cluster. The member that owns a name compares and appends; no message
 * carries more than what a synchronizer missed, and no class of the application has to be on another member. The library
 * itself has to be: a member without it can hold no part of the map, so start such a member as a lite one.
 *
 * <p><b>What a completed append promises.</b> All synchronizers of the name, on all members, have one order of revisions.
 * The revision is in the memory of the owner, and of one more member if there is one: it survives the loss of one member
 * at a time, with a pause between two losses in which Hazelcast makes a new second copy. Nothing is on a disk; with the
 * last member everything is gone. An append that was under way when a member left is not applied twice.
 *
 * <p><b>What it does not promise.</b>
 *
 * <ul>
 *   <li>A divided network costs acknowledged revisions. Both halves go on; when they find each other again the history of
 *       the larger half stands, and what the other half acknowledged is gone. Measured with three JVMs and 36 writers: after
 *       25 s of division 2,328 of 16,310 acknowledged updates were lost.
 *   <li>Hazelcast's strictest open-source settings (two synchronous backups, split-brain protection of two out of three
 *       members, {@code hazelcast.partition.fail.on.indeterminate.state}) lost nothing in that run, but a member that
 *       stood still for 15 s still acknowledged revisions as it woke which the others never saw: 4 of 13,568, and 5 of
 *       15,396 in a second run. This store neither sets nor requires these settings.
 *   <li>An append whose backup does not answer in time ({@code hazelcast.operation.backup.timeout.millis}, 5 s by default)
 *       completes all the same, and is then in one member's memory only.
 *   <li>A reader may see a revision a moment before its second copy is made; if the owner is lost in that moment, the
 *       revision is too, though its append was not acknowledged.
 * </ul>
 *
 * <p>A synchronizer notices lost revisions, for a position is more than a number: at the next answer it starts over from
 * what the cluster has, logs a warning, and goes on. So keep here what may be lost or can be made anew (assignments,
 * caches, flags), and in a stream what may not.
 *
 * <p>The data is in the map {@value #MAP_NAME}. If the cluster has no configuration of that name the store adds one, with
 * one synchronous backup; an existing one is taken as it is, if it has a synchronous backup and removes nothing by
 * itself. Values cross the network in the clear unless the cluster encrypts its links. Every method may be called on an
 * event loop; leave {@code hazelcast.backpressure.enabled} off, its default, for with it Hazelcast may make callers wait.
 *
 * <p>The store has nothing to close; the Hazelcast instance stays its owner's.
 */
public final class HazelcastRevisionStore implements RevisionStore {

    /** The Hazelcast map that holds all names. */
    public static final String MAP_NAME = "strandline.sync";

    private static final int SYNCHRONOUS_BACKUPS = 1;

    private final Vertx vertx;
    private final IMap<String, StoredHistory> histories;
    private final HistoryLimits limits;

    private HazelcastRevisionStore(Vertx vertx, IMap<String, StoredHistory> histories, HistoryLimits limits) {
        this.vertx = vertx;
        this.histories = histories;
        this.limits = limits;
    }

    /** Opens the store with {@link HistoryLimits#DEFAULT}. */
    public static Future<HazelcastRevisionStore> open(Vertx vertx) {
        return open(vertx, HistoryLimits.DEFAULT);
    }

    /**
     * Opens the store on the Hazelcast instance of a clustered Vert.x.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if this Vert.x is not clustered by Hazelcast, or if the map is
     * configured in a way that loses revisions.
     *
     * @param limits each append is held to those of the store that sends it: use the same on every member
     */
    public static Future<HazelcastRevisionStore> open(Vertx vertx, HistoryLimits limits) {
        if (((VertxInternal) vertx).clusterManager() instanceof HazelcastClusterManager cluster) {
            return open(vertx, cluster.getHazelcastInstance(), limits);
        }
        return Future.failedFuture(new StrandlineException.Invalid(
                "this Vert.x is not clustered by Hazelcast: use clusteredVertx() with a HazelcastClusterManager,"
                        + " or hand in a Hazelcast instance"));
    }

    /** Opens the store on a Hazelcast instance that the application runs; a member, not a client. */
    public static Future<HazelcastRevisionStore> open(Vertx vertx, HazelcastInstance instance, HistoryLimits limits) {
        return vertx.executeBlocking(() -> new HazelcastRevisionStore(vertx, mapOf(instance), limits));
    }

    @Override
    public int maxValueBytes() {
        return limits.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        try {
            RevisionHistory.requireAppendable(expected, next, limits);
        } catch (StrandlineException.Invalid invalid) {
            return Future.failedFuture(invalid);
        }
        return onOwner(name, new AppendOnOwner(expected, next, limits), StrandlineException.Unknown::new)
                .map(AppendOnOwner.Answer::answer);
    }

    @Override
    public Future<Missed> readSince(StreamName name, Position known) {
        return onOwner(name, new ReadOnOwner(known), StrandlineException.Unavailable::new)
                .map(ReadOnOwner.Answer::missed);
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        try {
            RevisionHistory.requireSnapshot(snapshot, limits);
        } catch (StrandlineException.Invalid invalid) {
            return Future.failedFuture(invalid);
        }
        return onOwner(name, new CompactOnOwner(snapshot, limits), StrandlineException.Unknown::new);
    }

    /** Told by Hazelcast's events, which are not repeated: one may be lost when its member is. */
    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return vertx.executeBlocking(() -> {
            UUID listener = histories.addEntryListener(new News(news), name.toString(), false);
            return () -> vertx.executeBlocking(() -> histories.removeEntryListener(listener))
                    .mapEmpty();
        });
    }

    private record News(Runnable news)
            implements EntryAddedListener<String, StoredHistory>,
                    EntryUpdatedListener<String, StoredHistory>,
                    MapListener {

        @Override
        public void entryAdded(EntryEvent<String, StoredHistory> event) {
            news.run();
        }

        @Override
        public void entryUpdated(EntryEvent<String, StoredHistory> event) {
            news.run();
        }
    }

    /**
     * Runs a task on the owner of a name. Its future completes on a thread of Hazelcast, directly: Hazelcast's default
     * executor would start a thread for each completion.
     */
    private <R> Future<R> onOwner(
            StreamName name,
            EntryProcessor<String, StoredHistory, R> task,
            BiFunction<String, Throwable, StrandlineException> unanswered) {
        Promise<R> answered = Promise.promise();
        try {
            histories
                    .submitToKey(name.toString(), task)
                    .whenCompleteAsync(
                            (answer, failure) -> {
                                if (failure == null) {
                                    answered.complete(answer);
                                } else {
                                    answered.fail(failureOf(name, failure, unanswered));
                                }
                            },
                            Runnable::run);
        } catch (RuntimeException notSent) {
            answered.fail(new StrandlineException.Unavailable("Hazelcast took no request for " + name, notSent));
        }
        return answered.future();
    }

    private static StrandlineException failureOf(
            StreamName name, Throwable failure, BiFunction<String, Throwable, StrandlineException> unanswered) {
        @Nullable Throwable inner = failure.getCause();
        boolean wrapped = failure instanceof CompletionException || failure instanceof ExecutionException;
        Throwable cause = wrapped && inner != null ? inner : failure;
        if (cause instanceof StrandlineException own) {
            return own;
        }
        if (cause instanceof SplitBrainProtectionException) {
            return new StrandlineException.Unavailable("too few members serve " + name, cause);
        }
        if (cause instanceof HazelcastOverloadException) {
            return new StrandlineException.Overloaded("Hazelcast is overloaded: " + cause.getMessage());
        }
        return unanswered.apply("Hazelcast did not answer for " + name + ": " + cause, cause);
    }

    private static IMap<String, StoredHistory> mapOf(HazelcastInstance instance) {
        Config config = instance.getConfig();
        @Nullable MapConfig existing = config.getMapConfigs().get(MAP_NAME);
        if (existing == null) {
            config.addMapConfig(new MapConfig(MAP_NAME)
                    .setInMemoryFormat(InMemoryFormat.OBJECT) // an append need not decode what is there
                    .setBackupCount(SYNCHRONOUS_BACKUPS)
                    .setMergePolicyConfig(new MergePolicyConfig(
                            PutIfAbsentMergePolicy.class.getName(), MergePolicyConfig.DEFAULT_BATCH_SIZE)));
        } else {
            requireLasting(existing);
        }
        return instance.getMap(MAP_NAME);
    }

    private static void requireLasting(MapConfig config) {
        String map = "of Hazelcast map " + MAP_NAME;
        Limits.require("backup-count " + map, config.getBackupCount(), SYNCHRONOUS_BACKUPS, MapConfig.MAX_BACKUP_COUNT);
        Limits.require("time-to-live-seconds " + map, config.getTimeToLiveSeconds(), 0, 0);
        Limits.require("max-idle-seconds " + map, config.getMaxIdleSeconds(), 0, 0);
        EvictionPolicy eviction = config.getEvictionConfig().getEvictionPolicy();
        if (eviction != EvictionPolicy.NONE) {
            throw new StrandlineException.Invalid("eviction-policy " + map + " is " + eviction + ", it must be NONE");
        }
    }
}
