package io.strandline.log.impl.flush;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.PartitionDescription;
import io.strandline.StreamOptions;
import io.strandline.log.CrashChild;
import io.strandline.log.SimulatedLog;
import io.strandline.testkit.DiskOperation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A chunk storage that fails for long costs neither space nor one try after the other. */
class ChunkRetryTest {

    private static final long FAILING_MILLIS = 60_000;

    @Test
    void aChunkWhoseNameCannotBeForcedIsDeletedAndTriedAgainEverMoreSeldom() {
        SimulatedLog log = new SimulatedLog(7, CrashChild.options(), 1);
        PartitionDescription partition = log.createStream("shop/orders", new StreamOptions())
                .partitions()
                .get(0);
        List<String> failed = new ArrayList<>();
        log.disk().observe((operation, name) -> {
            if (operation == DiskOperation.FORCE_DIRECTORY && name.endsWith("/chunks")) {
                failed.add(name);
                throw new UncheckedIOException(new IOException("force of " + name + " fails"));
            }
        });
        while (failed.isEmpty()) {
            log.get(log.append(partition, 10_000));
        }
        log.pass(FAILING_MILLIS);
        assertThat(failed).as("tries in a minute").hasSizeBetween(10, 30);
        assertThat(log.chunks()).as("what the tries left").hasSizeLessThanOrEqualTo(1);
        log.disk().observe((operation, name) -> {});
        log.pass(FAILING_MILLIS);
        assertThat(log.chunks()).isNotEmpty();
        log.close();
    }
}
