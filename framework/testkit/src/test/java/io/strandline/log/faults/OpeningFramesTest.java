package io.strandline.log.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.log.CrashChild;
import io.strandline.log.SimulatedLog;
import org.junit.jupiter.api.Test;

class OpeningFramesTest {

    @Test
    void a_log_knows_how_many_frames_it_has_recovered() {
        SimulatedLog log = new SimulatedLog(1, CrashChild.options(), 1);
        assertThat(recoveredFrames(log)).isZero();
        StreamDescription stream = log.createStream("shop/orders", new StreamOptions());
        log.reopen();
        for (int i = 0; i < 5; i++) {
            log.get(log.append(stream.partitions().get(0), 10));
        }
        log.crash();
        assertThat(recoveredFrames(log)).isBetween(5L, 20L);
    }

    private static long recoveredFrames(SimulatedLog log) {
        return log.get(log.port().statistics()).get(0).recoveredFrames();
    }
}
