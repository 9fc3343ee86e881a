package io.strandline.sync.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.Config;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.SplitBrainProtectionConfig;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionOn;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HazelcastSyncConfigTest {

    @Test
    void it_is_read_from_json_as_it_was_written() {
        JsonObject json = new JsonObject()
                .put("synchronousBackups", 2)
                .put("minMembers", 3)
                .put("backupRequired", false);
        assertThat(new HazelcastSyncConfig(json).toJson()).isEqualTo(json);
        assertThat(new HazelcastSyncConfig(new HazelcastSyncConfig(json)).toJson())
                .isEqualTo(json);
        assertThat(new HazelcastSyncConfig(new JsonObject()).toJson()).isEqualTo(new HazelcastSyncConfig().toJson());
    }

    @Test
    void values_out_of_bounds_are_invalid_and_change_nothing() {
        Config config = new Config();
        assertThatThrownBy(
                        () -> new HazelcastSyncConfig().setSynchronousBackups(0).applyTo(config))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("synchronousBackups is 0");
        assertThatThrownBy(() -> new HazelcastSyncConfig().setMinMembers(0).applyTo(config))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("minMembers is 0");
        assertThat(config.getMapConfigs()).doesNotContainKey(HazelcastRevisionStore.MAP_NAME);
    }

    @Test
    void the_map_loses_nothing_by_itself_and_is_protected() {
        Config config = new HazelcastSyncConfig()
                .setSynchronousBackups(2)
                .setMinMembers(3)
                .applyTo(new HazelcastSyncConfig().applyTo(new Config()));
        MapConfig map = config.getMapConfig("strandline.sync");
        assertThat(map.getBackupCount()).isEqualTo(2);
        assertThat(map.getSplitBrainProtectionName()).isEqualTo("strandline.sync");
        SplitBrainProtectionConfig protection = config.getSplitBrainProtectionConfig("strandline.sync");
        assertThat(protection.isEnabled()).isTrue();
        assertThat(protection.getMinimumClusterSize()).isEqualTo(3);
        assertThat(protection.getProtectOn()).isEqualTo(SplitBrainProtectionOn.READ_WRITE);
        assertThat(config.getProperty(HazelcastSyncConfig.FAIL_ON_MISSING_BACKUP))
                .isEqualTo("true");
    }

    @Test
    void what_the_application_decided_stays() {
        Config config = new Config().setProperty(HazelcastSyncConfig.FAIL_ON_MISSING_BACKUP, "false");
        new HazelcastSyncConfig().setMinMembers(1).applyTo(config);
        assertThat(config.getProperty(HazelcastSyncConfig.FAIL_ON_MISSING_BACKUP))
                .isEqualTo("false");
        assertThat(config.getSplitBrainProtectionConfigs()).isEmpty();
        assertThat(config.getMapConfig("strandline.sync").getSplitBrainProtectionName())
                .isNull();

        Config unset = new HazelcastSyncConfig().setBackupRequired(false).applyTo(new Config());
        assertThat(unset.getProperty(HazelcastSyncConfig.FAIL_ON_MISSING_BACKUP))
                .isNull();
    }

    @Test
    void what_it_sets_is_what_the_store_requires() {
        AppliedConfig.require(new HazelcastSyncConfig().applyTo(new Config()));
        AppliedConfig.require(new HazelcastSyncConfig().setMinMembers(1).applyTo(new Config()));
    }

    static List<Arguments> changes() {
        return List.of(
                change("backup-count", map -> map.setBackupCount(0)),
                change("time-to-live", map -> map.setTimeToLiveSeconds(60)),
                change("max-idle", map -> map.setMaxIdleSeconds(60)),
                change("eviction-policy", map -> map.getEvictionConfig().setEvictionPolicy(EvictionPolicy.LRU)),
                change("in-memory-format", map -> map.setInMemoryFormat(InMemoryFormat.BINARY)),
                change("merge-policy", map -> map.getMergePolicyConfig().setPolicy("PutIfAbsentMergePolicy")),
                change("split-brain protection", map -> map.setSplitBrainProtectionName("unknown")));
    }

    private static Arguments change(String setting, Consumer<MapConfig> change) {
        return Arguments.of(setting, change);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("changes")
    void a_map_that_would_lose_revisions_is_refused_by_its_setting(String setting, Consumer<MapConfig> change) {
        Config config = new HazelcastSyncConfig().applyTo(new Config());
        change.accept(config.getMapConfig(HazelcastRevisionStore.MAP_NAME));
        assertThatThrownBy(() -> AppliedConfig.require(config))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(setting);
    }

    @Test
    void protection_of_writes_alone_is_refused() {
        Config config = new HazelcastSyncConfig().applyTo(new Config());
        config.getSplitBrainProtectionConfig(HazelcastRevisionStore.MAP_NAME)
                .setProtectOn(SplitBrainProtectionOn.WRITE);
        assertThatThrownBy(() -> AppliedConfig.require(config))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContainingAll("WRITE", "READ_WRITE");
    }

    @Test
    void back_pressure_that_would_block_an_event_loop_is_refused() {
        Config config =
                new HazelcastSyncConfig().applyTo(new Config()).setProperty("hazelcast.backpressure.enabled", "true");
        assertThatThrownBy(() -> AppliedConfig.require(config))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("hazelcast.backpressure.enabled");
    }
}
