package io.strandline.sync.hazelcast;

import static io.strandline.sync.Texts.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.cluster.MembershipAdapter;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigXmlGenerator;
import com.hazelcast.core.server.HazelcastMemberStarter;
import io.strandline.sync.Revisioned;
import io.strandline.sync.StateSync;
import io.strandline.sync.StateSynchronizer;
import io.strandline.sync.Texts;
import io.vertx.core.Promise;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member in a JVM that has the library, but no class of the application: here the tests are the application. */
class ForeignMemberTest {

    private static final int NAMES = 8; // enough that each member owns some

    @TempDir
    Path directory;

    @Test
    void a_member_without_the_classes_of_the_application_serves_its_states() throws Exception {
        HazelcastSyncConfig both = new HazelcastSyncConfig().setMinMembers(2);
        Member own = Member.first(both);
        Promise<Void> joined = Promise.promise();
        own.hazelcast().getCluster().addMembershipListener(new MembershipAdapter() {
            @Override
            public void memberAdded(MembershipEvent event) {
                joined.tryComplete();
            }
        });
        Process foreign = start(both.applyTo(Member.loopbackNextTo(own.hazelcast())));
        try {
            joined.future().toCompletionStage().toCompletableFuture().get(90, TimeUnit.SECONDS); // a JVM has to start
            HazelcastRevisionStore store = await(HazelcastRevisionStore.open(own.vertx()));
            awaitPartition(own);
            for (int i = 0; i < NAMES; i++) {
                StateSynchronizer<List<String>, String> one =
                        await(StateSync.create(own.vertx(), store).open("foreign/" + i, Texts.MODEL));
                await(one.update(state -> List.of("a", "b")));
                await(one.compareAndSet(1, List.of("c")));
                await(one.compact());
                assertThat(await(one.fetch())).isEqualTo(new Revisioned<>(2, List.of("c")));
            }
        } catch (AssertionError | RuntimeException failure) {
            failure.addSuppressed(new AssertionError(Files.readString(directory.resolve("output"))));
            throw failure;
        } finally {
            foreign.destroyForcibly().waitFor();
            own.close();
        }
    }

    /** Until both members own names, and both count. */
    private static void awaitPartition(Member own) {
        var partitions = own.hazelcast().getPartitionService();
        var protection = own.hazelcast()
                .getSplitBrainProtectionService()
                .getSplitBrainProtection(HazelcastRevisionStore.MAP_NAME);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
        while (!protection.hasMinimumSize()
                || partitions.getPartitions().stream().allMatch(partition -> {
                    var owner = partition.getOwner();
                    return owner == null || owner.localMember();
                })) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            await(own.vertx().timer(10, TimeUnit.MILLISECONDS));
        }
    }

    private Process start(Config config) throws IOException {
        Path xml = directory.resolve("hazelcast.xml");
        // The generator leaves the attributes of the member out.
        Files.writeString(
                xml,
                new ConfigXmlGenerator(true, false)
                        .generate(config)
                        .replace(
                                "</hazelcast>",
                                "<member-attributes><attribute"
                                        + " name=\"strandline.sync\">1</attribute></member-attributes></hazelcast>"));
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-Dhazelcast.config=" + xml,
                        "-cp",
                        Arrays.stream(classPath.split(File.pathSeparator))
                                .filter(entry -> !entry.endsWith("test-classes"))
                                .collect(Collectors.joining(File.pathSeparator)),
                        HazelcastMemberStarter.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }
}
