package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.log.LogOptions;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.Journal;
import io.strandline.log.spi.LogRules;
import io.strandline.log.spi.ShardExecutor;
import io.strandline.testkit.HookedDisk;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A journal that cannot even tell that it failed, because there is no memory for a task, tells it later (R5). */
class JournalErrorTest {

    private final List<Throwable> told = new ArrayList<>();
    private boolean writesFail;
    private int refusedTasks;

    private final class Inline implements ShardExecutor {

        @Override
        public void execute(Runnable task) {
            if (refusedTasks > 0) {
                refusedTasks--;
                throw new OutOfMemoryError("no room for a task");
            }
            task.run();
        }
    }

    private FileJournal open() {
        Environment simulated = new SimulatedScheduler(1)
                .environment(new HookedDisk(new SimulatedDisk(1), (step, name, bytes) -> {
                    if (writesFail && step == HookedDisk.Step.WRITE) {
                        throw new OutOfMemoryError("Cannot reserve direct buffer memory");
                    }
                }));
        Environment inline = new Environment(
                simulated.disk(),
                simulated.clock(),
                simulated.timers(),
                shard -> new Inline(),
                shard -> Runnable::run,
                shard -> Runnable::run,
                Runnable::run,
                Runnable::run,
                Runnable::run,
                LogRules.STANDARD);
        FileJournal journal = new FileJournal(inline, 0, new LogOptions().setJournalFileBytes(64 << 10), "journal");
        assertThat(journal.open(contents -> {}).succeeded()).isTrue();
        journal.listen(new Journal.Listener() {
            @Override
            public void forced(long upToFrame) {}

            @Override
            public void failed(Throwable cause) {
                told.add(cause);
            }

            @Override
            public void blockedForSpace(boolean blocked) {}
        });
        return journal;
    }

    @Test
    void r5_aFailureThatCouldNotBeToldIsToldWithTheNextFrame() {
        FileJournal journal = open();
        writesFail = true;
        refusedTasks = 1;
        journal.append(FrameKind.PROOF, FrameBody.EMPTY);
        assertThat(told).isEmpty();
        journal.append(FrameKind.PROOF, FrameBody.EMPTY);
        assertThat(told).hasSize(1).first().isInstanceOf(OutOfMemoryError.class);
        assertThat(journal.close().succeeded()).isTrue();
    }
}
