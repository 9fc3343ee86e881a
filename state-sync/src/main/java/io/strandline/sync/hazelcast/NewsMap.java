package io.strandline.sync.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MergePolicyConfig;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.sync.bus.LogOwner;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The map that carries news of names whose revisions are decided by a log. It may lose everything at any time, so it
 * needs no backup: members ask the log for revisions that they do not find. A key is {@code <log>/<scope>/<name>}, so
 * that two logs never share a key.
 *
 * <p>It holds the names for which an owner carries news, at most {@code maxWatchedNames}. An owner removes names that it
 * no longer carries. Entries of an owner that died are removed {@value #KEPT_SECONDS} s after their last change. The
 * claim of a log is one small entry for each log. It stays, because it shows the epochs that were already used.
 */
final class NewsMap {

    static final String NAME = "strandline.sync.news";

    /** How long news are kept that do not change. */
    static final int KEPT_SECONDS = 600;

    private static final int FOR_EVER = 0;
    private static final String CLAIM = "/" + LogOwner.NAME;

    private NewsMap() {}

    /** Tells Hazelcast of the map, before the instance starts. */
    static void applyTo(Config config) {
        config.addMapConfig(new MapConfig(NAME)
                .setInMemoryFormat(InMemoryFormat.OBJECT) // news are added to what is there, undecoded
                .setBackupCount(0)
                .setAsyncBackupCount(0)
                .setTimeToLiveSeconds(KEPT_SECONDS)
                .setMergePolicyConfig(
                        new MergePolicyConfig(NewerNews.class.getName(), MergePolicyConfig.DEFAULT_BATCH_SIZE)));
    }

    /**
     * Checks that the map was configured.
     *
     * @throws StrandlineException.Invalid if not
     */
    static void require(Config config) {
        @Nullable MapConfig map = config.getMapConfigs().get(NAME);
        if (map == null
                || map.getInMemoryFormat() != InMemoryFormat.OBJECT
                || !map.getMergePolicyConfig().getPolicy().equals(NewerNews.class.getName())) {
            throw new StrandlineException.Invalid("Hazelcast's configuration has no map " + NAME
                    + ", or not as it must be: call new HazelcastSyncConfig().applyTo(config) on every member, before"
                    + " its instance starts");
        }
    }

    /** How long a value that is stored now is kept, in seconds. 0 means forever. */
    static int keptSeconds(String key) {
        return key.endsWith(CLAIM) ? FOR_EVER : KEPT_SECONDS;
    }

    static String keyOf(UUID log, StreamName name) {
        return log + "/" + name;
    }

    /** The name in a key of a log. Null if the key belongs to another log. */
    static @Nullable StreamName nameOf(@Nullable UUID log, String key) {
        String prefix = log + "/";
        return key.startsWith(prefix) ? StreamName.parse(key.substring(prefix.length())) : null;
    }
}
