package io.strandline.sync.hazelcast;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionOn;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells whether a running instance, and the other members of its cluster, were started with {@link HazelcastSyncConfig}. */
final class AppliedConfig {

    private static final String MAP = HazelcastRevisionStore.MAP_NAME;
    static final String REMEDY =
            ": call new HazelcastSyncConfig().applyTo(config) on every member, before its instance starts";
    private static final String BACK_PRESSURE = "hazelcast.backpressure.enabled";

    private AppliedConfig() {}

    /**
     * The instance of a clustered Vert.x.
     *
     * @throws StrandlineException.Invalid if Vert.x is not clustered by Hazelcast
     */
    static HazelcastInstance instanceOf(Vertx vertx) {
        if (((VertxInternal) vertx).clusterManager() instanceof HazelcastClusterManager manager) {
            return manager.getHazelcastInstance();
        }
        throw new StrandlineException.Invalid(
                "this Vert.x is not clustered by Hazelcast: use clusteredVertx() with a HazelcastClusterManager,"
                        + " or hand in a Hazelcast instance");
    }

    /**
     * Checks an instance.
     *
     * @throws StrandlineException.Invalid if it is a client, or if a member's configuration could lose revisions or block
     *     an event loop. The message names the missing settings and how to set them
     * @throws StrandlineException.Unavailable if it does not run
     */
    static void require(HazelcastInstance instance) {
        if (!instance.getLifecycleService().isRunning()) {
            throw new StrandlineException.Unavailable(named(instance) + " does not run");
        }
        if (!(instance.getLocalEndpoint() instanceof Member)) {
            throw new StrandlineException.Invalid(
                    named(instance) + " is a client: hand in a member, which may be a lite one");
        }
        require(instance.getConfig());
        requireMembers(instance);
    }

    /**
     * Checks the configuration of a member.
     *
     * @throws StrandlineException.Invalid with the setting that could lose revisions or block an event loop
     */
    static void require(Config config) {
        @Nullable MapConfig map = config.getMapConfigs().get(MAP);
        if (map == null) {
            throw new StrandlineException.Invalid("Hazelcast's configuration has no map " + MAP + REMEDY);
        }
        requireLasting(map);
        @Nullable String protection = map.getSplitBrainProtectionName();
        if (protection != null) {
            requireProtection(
                    protection, config.getSplitBrainProtectionConfigs().get(protection));
        }
        requireNoWaiting(config);
    }

    private static void requireLasting(MapConfig map) {
        Limits.require("backup-count of map " + MAP, map.getBackupCount(), 1, MapConfig.MAX_BACKUP_COUNT);
        Limits.require("time-to-live-seconds of map " + MAP, map.getTimeToLiveSeconds(), 0, 0);
        Limits.require("max-idle-seconds of map " + MAP, map.getMaxIdleSeconds(), 0, 0);
        requireValue("eviction-policy", map.getEvictionConfig().getEvictionPolicy(), EvictionPolicy.NONE);
        requireValue("in-memory-format", map.getInMemoryFormat(), InMemoryFormat.OBJECT);
        requireValue("merge-policy", map.getMergePolicyConfig().getPolicy(), HigherHistory.class.getName());
    }

    private static void requireValue(String setting, Object found, Object needed) {
        if (!found.equals(needed)) {
            throw new StrandlineException.Invalid(
                    setting + " of map " + MAP + " is " + found + ", it must be " + needed + REMEDY);
        }
    }

    private static void requireProtection(String name, @Nullable SplitBrainProtectionConfig protection) {
        if (protection == null || !protection.isEnabled()) {
            throw new StrandlineException.Invalid(
                    "split-brain protection " + name + " of map " + MAP + " is not there or not enabled" + REMEDY);
        }
        if (protection.getProtectOn() != SplitBrainProtectionOn.READ_WRITE) {
            throw new StrandlineException.Invalid("split-brain protection " + name + " of map " + MAP + " protects "
                    + protection.getProtectOn() + ", it must be READ_WRITE" + REMEDY);
        }
    }

    /** With back-pressure Hazelcast makes who calls wait until others are answered, and here event loops call. */
    private static void requireNoWaiting(Config config) {
        @Nullable String configured = config.getProperty(BACK_PRESSURE);
        if (Boolean.parseBoolean(configured == null ? System.getProperty(BACK_PRESSURE) : configured)) {
            throw new StrandlineException.Invalid(
                    BACK_PRESSURE + " is true, it must be false: with it Hazelcast blocks event loops");
        }
    }

    private static void requireMembers(HazelcastInstance instance) {
        List<String> without = PreparedMembers.unprepared(instance.getCluster().getMembers());
        if (!without.isEmpty()) {
            throw new StrandlineException.Invalid("members " + without + " of the cluster of " + named(instance)
                    + " do not have the attribute " + HazelcastSyncConfig.ATTRIBUTE + REMEDY);
        }
    }

    private static String named(HazelcastInstance instance) {
        return "Hazelcast instance " + instance.getName();
    }
}
