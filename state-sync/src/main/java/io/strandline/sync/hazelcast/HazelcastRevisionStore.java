package io.strandline.sync.hazelcast;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastOverloadException;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.impl.Attempt;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.HistoryLimits;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionHistory;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps revisions in the memory of a Hazelcast cluster. The member that owns a name compares and appends. A message
 * carries only the revisions that a synchronizer missed, and no class of the application has to be on another member. The
 * library itself has to be on the class path of every member that keeps data, and each such member is configured by
 * {@link HazelcastSyncConfig} before it starts. A lite member may open the store too.
 *
 * <p><b>What a completed append promises.</b> All synchronizers of the name, on all members, have one order of revisions.
 * The revisions are in the memory of the owner and of as many other members as there are synchronous backups, one by
 * default. They survive the loss of that many members at a time, with a pause between two losses in which Hazelcast makes
 * new copies. Nothing is on a disk: when the last member is lost, everything is gone. An append that was in flight when a
 * member left is not applied twice.
 *
 * <p><b>What it does not promise.</b>
 *
 * <ul>
 * <li>A divided network may lose acknowledged revisions, because members notice a silent cut only after {@code
 * hazelcast.max.no.heartbeat.seconds}. When the halves find each other again, the higher history of each name is kept,
 * and the revisions that the other half acknowledged are gone. Measured with three JVMs, 36 writers and Hazelcast's
 * defaults: after 25 s of division, 2,328 of 16,310 acknowledged updates were lost.
 * <li>With two synchronous backups, a minimum of two of three members, and backups required, nothing was lost in that
 * run. But a member that was stopped for 15 s still acknowledged revisions as it resumed, and the others never saw them:
 * 4 of 13,568, and 5 of 15,396 in a second run. The experiment that {@link HazelcastOverLogStore} passes (three JVMs with
 * 12 clients, members killed, and stopped for longer than a heartbeat of 3 s, eight times) lost 7 acknowledged updates of
 * some 18,000 and 3 of 21,304, and clients read states that later never existed.
 * <li>A reader may see a revision a moment before its second copy is made. If the owner is lost in that moment, the
 * revision is lost too, though its append was not acknowledged.
 * <li>Watchers are notified by Hazelcast's events, which are not repeated. An event may be lost with the member that
 * sends it.
 * </ul>
 *
 * <p>A synchronizer notices lost revisions, because a position is more than a number. At the next answer it starts over
 * from the cluster's state, logs a warning, and goes on. So keep data here that may be lost or can be made again
 * (assignments, caches, flags), and keep other data in a stream.
 *
 * <p>While too few members see each other, and while a member that keeps data is there that was not configured, every
 * call fails with Unavailable. An append that was in flight when a member left fails with Unknown, because the member may
 * have taken it. Values cross the network in the clear: see {@link io.strandline.sync.EncryptedRevisionStore}. Every
 * method may be called on an event loop.
 *
 * <p>The store has nothing to close but its watches. The Hazelcast instance still belongs to its owner.
 */
public final class HazelcastRevisionStore implements RevisionStore {

    /** The Hazelcast map that holds all names. */
    public static final String MAP_NAME = "strandline.sync";

    private final Cluster cluster;
    private final PreparedMembers prepared;
    private final IMap<String, StoredHistory> histories;
    private final HistoryLimits limits;
    private final NewsListener<StoredHistory> listener;

    private HazelcastRevisionStore(ContextInternal context, HazelcastInstance instance, HistoryLimits limits) {
        this.cluster = instance.getCluster();
        this.prepared = new PreparedMembers(cluster);
        this.histories = instance.getMap(MAP_NAME);
        this.limits = limits;
        this.listener = new NewsListener<>(context, histories, StreamName::parse);
    }

    /** Opens the store with {@link HistoryLimits#DEFAULT}. */
    public static Future<HazelcastRevisionStore> open(Vertx vertx) {
        return open(vertx, HistoryLimits.DEFAULT);
    }

    /**
     * Opens the store on the Hazelcast instance of a clustered Vert.x. Fails with {@link StrandlineException.Invalid} if this
     * Vert.x is not clustered by Hazelcast, and otherwise as the method below does.
     */
    public static Future<HazelcastRevisionStore> open(Vertx vertx, HistoryLimits limits) {
        return Attempt.of(() -> open(vertx, AppliedConfig.instanceOf(vertx), limits));
    }

    /**
     * Opens the store on a Hazelcast instance that the application runs.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the instance is a client, if it or another member of its
     * cluster that keeps data was started without {@link HazelcastSyncConfig}, if the map is configured in a way that loses
     * revisions, or if {@code hazelcast.backpressure.enabled} is on, which blocks event loops. Fails with {@link
     * StrandlineException.Unavailable} if the instance does not run.
     *
     * @param limits each append is checked against the limits of the store that sends it. Use the same on every member
     */
    public static Future<HazelcastRevisionStore> open(Vertx vertx, HazelcastInstance instance, HistoryLimits limits) {
        ContextInternal context = ((VertxInternal) vertx).createEventLoopContext();
        return vertx.executeBlocking(() -> {
            AppliedConfig.require(instance);
            return new HazelcastRevisionStore(context, instance, limits);
        });
    }

    @Override
    public int maxValueBytes() {
        return limits.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        return Attempt.of(() -> {
            RevisionHistory.requireAppendable(expected, next, limits);
            return onOwner(name, new AppendOnOwner(expected, next, limits), StrandlineException.Unknown::new)
                    .map(AppendOnOwner.Answer::answer);
        });
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        return Attempt.of(() -> onOwner(name, new ReadOnOwner(known), StrandlineException.Unavailable::new))
                .map(ReadTask.Answer::missed);
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return Attempt.of(() -> {
            RevisionHistory.requireSnapshot(snapshot, limits);
            return onOwner(name, new CompactOnOwner(snapshot, limits), StrandlineException.Unknown::new);
        });
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return listener.watch(name, news);
    }

    /**
     * Runs a task on the owner of a name. Its future completes on a thread of Hazelcast, directly: Hazelcast's default
     * executor would start a thread for each completion.
     */
    private <R> Future<R> onOwner(
            StreamName name,
            EntryProcessor<String, StoredHistory, R> task,
            BiFunction<String, Throwable, StrandlineException> unanswered) {
        prepared.require();
        Promise<R> answered = Promise.promise();
        Set<Member> members = cluster.getMembers();
        try {
            histories
                    .submitToKey(name.toString(), task)
                    .whenCompleteAsync(
                            (answer, failure) -> {
                                if (failure == null) {
                                    answered.complete(answer);
                                } else {
                                    answered.fail(failureOf(
                                            name, members, cluster.getMembers(), causeOf(failure), unanswered));
                                }
                            },
                            Runnable::run);
        } catch (RuntimeException notSent) {
            answered.fail(new StrandlineException.Unavailable("Hazelcast took no request for " + name, notSent));
        }
        return answered.future();
    }

    /**
     * What a failure says about the task. Hazelcast sends a task again when the member that had it is gone. So the refusal
     * of too few members means that nothing was done only if no member has left in the meantime.
     */
    static StrandlineException failureOf(
            StreamName name,
            Set<Member> membersBefore,
            Set<Member> membersNow,
            Throwable cause,
            BiFunction<String, Throwable, StrandlineException> unanswered) {
        if (cause instanceof StrandlineException own) {
            return own;
        }
        if (cause instanceof SplitBrainProtectionException && membersNow.containsAll(membersBefore)) {
            return new StrandlineException.Unavailable("too few members see each other to serve " + name, cause);
        }
        if (cause instanceof HazelcastOverloadException) {
            return new StrandlineException.Overloaded("Hazelcast is overloaded: " + cause.getMessage());
        }
        return unanswered.apply("Hazelcast did not answer for " + name + ": " + cause, cause);
    }

    private static Throwable causeOf(Throwable failure) {
        @Nullable Throwable inner = failure.getCause();
        boolean wrapped = failure instanceof CompletionException || failure instanceof ExecutionException;
        return wrapped && inner != null ? inner : failure;
    }
}
