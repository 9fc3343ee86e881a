package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Strandline;
import io.strandline.client.ClientOptions;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The line to the server is cut, stalls and delays under load: the application sees no error, and each event once. */
class BadLineTest extends OnServedLog {

    private static final long SILENCE_MILLIS = 300;

    @Override
    ClientOptions clientOptions() {
        return new ClientOptions()
                .setPingMillis(50)
                .setSilenceMillis(SILENCE_MILLIS)
                .setCallTimeoutMillis(120_000);
    }

    @Test
    void an_application_does_not_notice_a_bad_line() {
        troubles(12, Long.getLong("strandline.crash.seed", 20_261_130L));
    }

    @Tag("soak")
    @Test
    void an_application_does_not_notice_a_bad_line_for_long() {
        troubles(500, Long.getLong("strandline.crash.seed", System.nanoTime()));
    }

    private void troubles(int troubles, long seed) {
        System.out.println("line seed " + seed + " (-Dstrandline.crash.seed)");
        Random random = new Random(seed);
        createStream(8);
        BadLine line = new BadLine(serverVertx, server.port());
        get(line.listen());
        Strandline remote = connect(line.port());
        SteadyLoad load = new SteadyLoad(vertx, remote, STREAM);
        load.start();
        for (int i = 0; i < troubles; i++) {
            goOn(load, 100 + random.nextInt(2_000));
            switch (i % 4) {
                case 0 -> line.cut();
                case 1 -> line.delay(1 + random.nextInt(40));
                case 2 -> stall(line, random.nextInt(2) == 0);
                default -> line.delay(0);
            }
            assertThat(load.failures()).isEmpty();
        }
        line.delay(0);
        load.finish();
        System.out.println(load.acknowledged() + " acknowledged");
    }

    private void goOn(SteadyLoad load, int acks) {
        int before = load.acknowledged();
        until(
                vertx,
                "acknowledgements",
                () -> load.acknowledged() - before >= acks || !load.failures().isEmpty());
    }

    /** For longer than the client waits, or shorter. */
    private void stall(BadLine line, boolean isLong) {
        line.stall();
        long until = System.nanoTime() + (isLong ? 2 * SILENCE_MILLIS : SILENCE_MILLIS / 3) * 1_000_000;
        until(vertx, "the stall is over", () -> System.nanoTime() - until >= 0);
        line.resume();
    }
}
