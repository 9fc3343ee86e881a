package io.strandline.sync.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionOn;
import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;

/**
 * The settings that a Hazelcast instance needs for the synchronizer before it starts:
 *
 * <pre>{@code
 * Config config = new Config();
 * new HazelcastSyncConfig().setMinMembers(2).applyTo(config);
 * Vertx.builder().withClusterManager(new HazelcastClusterManager(config)).buildClustered()
 * }</pre>
 *
 * <p>Every member that keeps data needs it, with the same values, and the jar of this module on its class path, even if
 * it opens no synchronizer. It does not need the classes of the application. A lite member keeps nothing and needs
 * neither, unless it opens the store itself. Applying twice is the same as applying once. A map of that name that was in
 * the configuration before is replaced.
 *
 * <p>It makes the following settings, listed for users that write the configuration as XML or YAML:
 *
 * <ul>
 * <li>the map {@value HazelcastRevisionStore#MAP_NAME}: in-memory format OBJECT, synchronous backups, no eviction and no
 * expiry, and a merge policy that keeps the history with the higher revision when halves of a cluster meet again
 * <li>the map {@value NewsMap#NAME} of {@link HazelcastOverLogStore}: in-memory format OBJECT, no backup because it may
 * lose everything, a time to live of {@value NewsMap#KEPT_SECONDS} s, and a merge policy that keeps the newer news
 * <li>split-brain protection {@value HazelcastRevisionStore#MAP_NAME} of that map's reads and writes, if {@link
 * #getMinMembers()} is 2 or more
 * <li>the property {@value #FAIL_ON_MISSING_BACKUP}, if {@link #isBackupRequired()} and the configuration has no value of
 * its own. It holds for all of the instance's maps
 * <li>the member attribute {@value #ATTRIBUTE}, by which others see that this member is configured.
 * </ul>
 *
 * <p>Everything else is left to the application: heartbeats, Jet, phone-home, and Hazelcast's shutdown hook, which should
 * be off ({@code hazelcast.shutdownhook.enabled}) where Vert.x closes the instance.
 */
public class HazelcastSyncConfig {

    public static final int DEFAULT_SYNCHRONOUS_BACKUPS = 1;
    public static final int DEFAULT_MIN_MEMBERS = 2;
    public static final boolean DEFAULT_BACKUP_REQUIRED = true;

    static final String ATTRIBUTE = "strandline.sync";
    static final String FAIL_ON_MISSING_BACKUP = "hazelcast.partition.fail.on.indeterminate.state";

    private static final String APPLIED = "1";
    private static final int UNPROTECTED = 1;

    private int synchronousBackups = DEFAULT_SYNCHRONOUS_BACKUPS;
    private int minMembers = DEFAULT_MIN_MEMBERS;
    private boolean backupRequired = DEFAULT_BACKUP_REQUIRED;

    public HazelcastSyncConfig() {}

    public HazelcastSyncConfig(HazelcastSyncConfig other) {
        this(other.toJson());
    }

    public HazelcastSyncConfig(JsonObject json) {
        OptionsJson in = new OptionsJson("a HazelcastSyncConfig", json);
        this.synchronousBackups = in.integer("synchronousBackups", DEFAULT_SYNCHRONOUS_BACKUPS);
        this.minMembers = in.integer("minMembers", DEFAULT_MIN_MEMBERS);
        this.backupRequired = in.flag("backupRequired", DEFAULT_BACKUP_REQUIRED);
        in.end();
    }

    /**
     * Members beside the owner that hold a revision before its append completes, as far as there are so many. 1 to 6,
     * {@value #DEFAULT_SYNCHRONOUS_BACKUPS} by default.
     */
    public int getSynchronousBackups() {
        return synchronousBackups;
    }

    public HazelcastSyncConfig setSynchronousBackups(int synchronousBackups) {
        this.synchronousBackups = synchronousBackups;
        return this;
    }

    /**
     * Minimum number of members that keep data and see each other. Below it, reads and appends fail with Unavailable, so
     * that the smaller half of a divided cluster does not go on by itself. Use more than half of the members: 2 for
     * three, 3 for five. {@value #DEFAULT_MIN_MEMBERS} by default. 1 protects nothing and is for a single member.
     *
     * <p>Hazelcast also counts members that are gone until it has noticed their loss. A silent cut is noticed after
     * {@code hazelcast.max.no.heartbeat.seconds}, and until then both halves go on.
     */
    public int getMinMembers() {
        return minMembers;
    }

    public HazelcastSyncConfig setMinMembers(int minMembers) {
        this.minMembers = minMembers;
        return this;
    }

    /**
     * Whether an append whose backup did not answer in {@code hazelcast.operation.backup.timeout.millis} fails Unknown
     * (and is repeated by the synchronizer) instead of completing in one member's memory only. By default yes.
     */
    public boolean isBackupRequired() {
        return backupRequired;
    }

    public HazelcastSyncConfig setBackupRequired(boolean backupRequired) {
        this.backupRequired = backupRequired;
        return this;
    }

    /**
     * Adds what the synchronizer needs to a configuration that no instance was started with yet.
     *
     * @throws StrandlineException.Invalid if a value is out of its bounds
     */
    public Config applyTo(Config config) {
        validate();
        config.addMapConfig(mapConfig());
        NewsMap.applyTo(config);
        if (minMembers > UNPROTECTED) {
            config.addSplitBrainProtectionConfig(
                    new SplitBrainProtectionConfig(HazelcastRevisionStore.MAP_NAME, true, minMembers)
                            .setProtectOn(SplitBrainProtectionOn.READ_WRITE));
        }
        if (backupRequired && config.getProperty(FAIL_ON_MISSING_BACKUP) == null) {
            config.setProperty(FAIL_ON_MISSING_BACKUP, "true");
        }
        config.getMemberAttributeConfig().setAttribute(ATTRIBUTE, APPLIED);
        return config;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("synchronousBackups", synchronousBackups, 1, MapConfig.MAX_BACKUP_COUNT);
        Limits.require("minMembers", minMembers, UNPROTECTED, 1_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("synchronousBackups", synchronousBackups)
                .put("minMembers", minMembers)
                .put("backupRequired", backupRequired);
    }

    private MapConfig mapConfig() {
        MapConfig map = new MapConfig(HazelcastRevisionStore.MAP_NAME)
                .setInMemoryFormat(InMemoryFormat.OBJECT) // an append need not decode what is there
                .setBackupCount(synchronousBackups)
                .setMergePolicyConfig(
                        new MergePolicyConfig(HigherHistory.class.getName(), MergePolicyConfig.DEFAULT_BATCH_SIZE));
        return minMembers > UNPROTECTED ? map.setSplitBrainProtectionName(HazelcastRevisionStore.MAP_NAME) : map;
    }
}
