package io.strandline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChildProtocolTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final Path DIRECTORY = Path.of("data");

    @Test
    void a_child_does_the_job_it_was_given_and_answers_with_its_measurements() throws Exception {
        Job job = new Job(Echo.class.getName(), DIRECTORY, 16, 5_000_000, Duration.ofSeconds(3), Duration.ofMillis(4));
        try (ChildJvm child = ChildJvm.start(SideMain.class, job.arguments())) {
            List<Measurement> measured = SideMain.decode(child.awaitLine(SideMain.RESULT, LIMIT));
            assertThat(measured)
                    .containsExactly(
                            new Measurement(16, 5_000_000, 3, 4),
                            Measurement.ofDuration(DIRECTORY.toString().length()));
        }
    }

    @Test
    void the_failure_of_a_child_quotes_what_it_said() throws Exception {
        Job job = new Job("no.such.Side", DIRECTORY, 1, 0, Duration.ZERO, Duration.ZERO);
        try (ChildJvm child = ChildJvm.start(SideMain.class, job.arguments())) {
            assertThatThrownBy(() -> child.awaitLine(SideMain.RESULT, LIMIT))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("exit code 1")
                    .hasMessageContaining("no.such.Side");
        }
    }

    @Test
    void a_child_stops_when_its_input_ends() throws Exception {
        try (ChildJvm child = ChildJvm.start(Waiting.class)) {
            child.awaitLine("WAITING", LIMIT);
            child.stop(LIMIT);
            assertThat(ProcessHandle.of(child.pid())).isEmpty();
        }
    }

    /** Answers with what it was asked. */
    public static final class Echo implements Side {

        @Override
        public List<Measurement> run(Job job) {
            return List.of(
                    new Measurement(
                            job.partitions(),
                            job.events(),
                            job.warmUp().toSeconds(),
                            job.measured().toMillis()),
                    Measurement.ofDuration(job.directory().toString().length()));
        }
    }

    static final class Waiting {

        private Waiting() {}

        public static void main(String[] arguments) throws InterruptedException {
            ParentWatch.exitWithParent();
            System.out.println("WAITING");
            Thread.currentThread().join(LIMIT.toMillis());
        }
    }
}
