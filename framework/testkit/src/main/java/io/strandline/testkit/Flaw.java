package io.strandline.testkit;

import io.strandline.Retention;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.Environment;
import io.strandline.log.spi.LogRules;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.LongStream;

/**
 * What a log lacks that its guarantees need. It comes into the log by the environment, as other rules or a disk that does
 * more than it is told. A test requires that a simulation with the flaw fails.
 */
public enum Flaw {
    NONE(LogRules.STANDARD),

    /** Repeated batches are taken. */
    TAKES_REPEATS(new LogRules() {
        @Override
        public boolean isRepeat(long lastMajor, long lastMinor, long storedMajor, long storedMinor) {
            return false;
        }

        @Override
        public boolean follows(long previousMajor, long previousMinor, long storedMajor, long storedMinor) {
            return true;
        }
    }),

    /** Conditional batches are taken at any offset. */
    IGNORES_EXPECTED_OFFSETS(new LogRules() {
        @Override
        public boolean isExpected(long expectedOffset, long nextOffset) {
            return true;
        }
    }),

    /** Batches of named writers and claimants are taken in any epoch. */
    DOES_NOT_FENCE(new LogRules() {
        @Override
        public boolean isNewestEpoch(int epoch, int newest) {
            return true;
        }

        @Override
        public boolean isClaimant(long writer, int epoch, long claimWriter, int claimEpoch) {
            return true;
        }
    }),

    /** An owner of an earlier generation may claim what one of a later generation has claimed. */
    DOES_NOT_ORDER_CLAIMS(new LogRules() {
        @Override
        public boolean isOvertaken(long generation, int epoch, long newestGeneration, int newestEpoch) {
            return false;
        }
    }),

    /** The successors of a sealed partition do not know what writers wrote there. */
    INHERITS_NOTHING(new LogRules() {
        @Override
        public boolean isInherited(long lastOffset) {
            return false;
        }
    }),

    /** A damaged frame is a torn tail, whatever proves that it was forced. */
    TAKES_DAMAGE_FOR_A_TORN_TAIL(new LogRules() {
        @Override
        public boolean wasForced(long frame, long forcedUpTo) {
            return false;
        }
    }),

    /** Of the parts of transactions that wait, that of the newest decision is appended first. */
    FORGETS_THE_ORDER_OF_DECISIONS(new LogRules() {
        @Override
        public int compareDecisions(long one, long other) {
            return Long.compare(other, one);
        }
    }),

    /** Limits of size and number for writers hold for what transactions decided. */
    LIMITS_DECISIONS(new LogRules() {
        @Override
        public int limitOfDecisions(int limitOfWriters) {
            return limitOfWriters;
        }
    }),

    /** Events are consumed when the fastest subscriber has consumed them. */
    PASSES_SUBSCRIBERS_OVER(new LogRules() {
        @Override
        public long consumedUpTo(LongStream bySubscriber) {
            return bySubscriber.max().orElse(0);
        }
    }),

    /** Retention removes one event more than is due. */
    REMOVES_ONE_EVENT_TOO_MANY(new LogRules() {
        @Override
        public long retentionCut(Retention kept, long overHardBound, long due, long consumed, long end) {
            long cut = super.retentionCut(kept, overHardBound, due, consumed, end);
            return cut == 0 ? 0 : Math.min(end, cut + 1);
        }
    }),

    /** What compaction has merged is deleted before the frame that says so is forced. */
    DELETES_WHAT_IT_HAS_MERGED_AT_ONCE(LogRules.STANDARD) {
        @Override
        public Environment in(Environment sound) {
            return new HastyCompaction(sound).environment();
        }
    };

    @SuppressWarnings("ImmutableEnumChecker") // rules have no state
    private final LogRules rules;

    Flaw(LogRules rules) {
        this.rules = rules;
    }

    /** The rules of a log that has the flaw. */
    public LogRules rules() {
        return rules;
    }

    /** The environment of a log that has the flaw. */
    public Environment in(Environment sound) {
        return environment(sound, sound.disk(), sound.compactionExecutor(), rules);
    }

    private static Environment environment(Environment of, Disk disk, Executor compactions, LogRules rules) {
        return new Environment(
                disk,
                of.clock(),
                of.timers(),
                of.shardExecutors(),
                of.journalExecutors(),
                of.chunkExecutors(),
                compactions,
                of.readExecutor(),
                of.preparationExecutor(),
                rules);
    }

    /** A disk that deletes the chunks from which a chunk was made, as soon as that one is durable. */
    private static final class HastyCompaction implements HookedDisk.Hook {

        private final Environment sound;
        private final Set<String> merged = new HashSet<>();
        private boolean isMerging;

        HastyCompaction(Environment sound) {
            this.sound = sound;
        }

        Environment environment() {
            return Flaw.environment(sound, new HookedDisk(sound.disk(), this), this::merge, sound.rules());
        }

        private void merge(Runnable task) {
            sound.compactionExecutor().execute(() -> {
                isMerging = true;
                try {
                    task.run();
                } finally {
                    isMerging = false;
                    merged.clear();
                }
            });
        }

        @Override
        public void before(HookedDisk.Step step, String name, int bytes) {
            if (isMerging && step == HookedDisk.Step.READ) {
                merged.add(name);
            }
        }

        @Override
        public void after(HookedDisk.Step step, String name) throws IOException {
            if (isMerging && step == HookedDisk.Step.FORCE_DIRECTORY) {
                for (String chunk : merged) {
                    sound.disk().delete(chunk);
                }
            }
        }
    }
}
