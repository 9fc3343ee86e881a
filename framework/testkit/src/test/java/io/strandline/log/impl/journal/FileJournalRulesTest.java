package io.strandline.log.impl.journal;

import io.strandline.log.LogOptions;
import io.strandline.log.spi.Journal;
import io.strandline.testkit.SimulatedDisk;
import io.strandline.testkit.SimulatedScheduler;
import io.strandline.testkit.rules.JournalRules;

/** The journal in files, on a disk that loses what was not forced. */
class FileJournalRulesTest extends JournalRules {

    private final SimulatedScheduler scheduler = new SimulatedScheduler(5);
    private SimulatedDisk disk = new SimulatedDisk(5);

    @Override
    protected Journal journal() {
        LogOptions options = new LogOptions().setJournalFileBytes(64 << 10).setJournalGroupBytes(8 << 10);
        return new FileJournal(scheduler.environment(disk), 0, options, "journal");
    }

    @Override
    protected void crash() {
        scheduler.abandon();
        disk = disk.crash();
    }

    @Override
    protected void settle() {
        while (scheduler.hasReadyTask()) {
            scheduler.step();
        }
    }

    @Override
    protected void settlePartly(int seed) {
        for (int step = 0; step < seed && scheduler.hasReadyTask(); step++) {
            scheduler.step();
        }
    }
}
