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
 * The map that carries news of names whose revisions a log decides. It may lose everything at any time, so it needs no
 * backup: members ask the log for what they do not find. A key is {@code <log>/<scope>/<name>}, so that two logs never
 * touch.
 *
 * <p>It holds the names whose news an owner carries, as many as {@code maxWatchedNames}: what an owner no longer carries it
 * removes. What an owner that died has left behind goes {@value #KEPT_SECONDS} s after its last change. The claim of a log is
 * one small entry for each log, and stays, for it shows the epochs that were given away.
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
                    + ", or not as it must be: call new StateSyncConfig().applyTo(config) on every member, before its"
                    + " instance starts");
        }
    }

    /** How long a value is kept that is stored now, in seconds; 0 for ever. */
    static int keptSeconds(String key) {
        return key.endsWith(CLAIM) ? FOR_EVER : KEPT_SECONDS;
    }

    static String keyOf(UUID log, StreamName name) {
        return log + "/" + name;
    }

    /** The name in a key of a log; null if the key is another log's. */
    static @Nullable StreamName nameOf(@Nullable UUID log, String key) {
        String prefix = log + "/";
        return key.startsWith(prefix) ? StreamName.parse(key.substring(prefix.length())) : null;
    }
}
