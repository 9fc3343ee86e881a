package io.strandline.log.impl.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.LogOptions;
import io.strandline.log.SimulatedLog;
import org.junit.jupiter.api.Test;

/** What the deletion of a stream costs a shard at a time. */
class StreamDeletionTest {

    private static final int FRAMES = 10;

    @Test
    void theWritersOfAStreamAreForgottenInManyFrames() {
        SimulatedLog log = new SimulatedLog(1, new LogOptions(), 2);
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions().setPartitions(2));
        for (int writer = 0; writer < FRAMES * StreamSagas.MAX_FORGOTTEN_AT_ONCE; writer++) {
            log.get(log.port().admitWriter(stream.name(), "writer-" + writer));
        }
        assertThat(knownWriters(log, 0)).isEqualTo(FRAMES * StreamSagas.MAX_FORGOTTEN_AT_ONCE);
        long before = appliedFrame(log, 1);
        log.get(log.catalog().deleteStream("shop/orders"));
        assertThat(appliedFrame(log, 1) - before).isGreaterThan(FRAMES);
        assertThat(knownWriters(log, 0)).isZero();
        assertThat(knownWriters(log, 1)).isZero();
    }

    private static int knownWriters(SimulatedLog log, int shard) {
        return log.ask(shard, life -> life.state().raised().size());
    }

    private static long appliedFrame(SimulatedLog log, int shard) {
        return log.ask(shard, life -> life.state().appliedFrame());
    }
}
