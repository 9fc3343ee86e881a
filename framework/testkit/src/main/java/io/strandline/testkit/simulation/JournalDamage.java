package io.strandline.testkit.simulation;

import io.strandline.log.spi.DiskFile;
import io.strandline.testkit.SimulatedDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A bit that is flipped in a closed journal, without the log's knowledge. All frames of that journal are proven, so the
 * log must either refuse to open and change nothing, or have lost nothing.
 */
record JournalDamage(String file, long position, int bits) {

    private static final int PAGE_BYTES = 4096;

    /** Chooses a place in some journal file. Null if there is none. */
    static @Nullable JournalDamage draw(SplittableRandom random, SimulatedDisk disk, int shards, int fileBytes) {
        String directory = "shard-" + random.nextInt(shards) + "/journal";
        List<String> names = list(disk, directory);
        if (names.isEmpty()) {
            return null;
        }
        // The newest journal is the one that no later file proves. Spares come after journals of their number.
        int newest = names.size() - 1 - random.nextInt(Math.min(3, names.size()));
        String file = directory + "/" + names.get(random.nextBoolean() ? newest : random.nextInt(names.size()));
        // Frames are dense in the first pages, and begin at the beginning of pages.
        long pages = Math.min(fileBytes, bytes(disk, file)) / PAGE_BYTES;
        long page = random.nextLong(1 + random.nextLong(pages));
        int inPage = random.nextInt(random.nextBoolean() ? 64 : PAGE_BYTES);
        return new JournalDamage(file, page * PAGE_BYTES + inPage, 1 << random.nextInt(8));
    }

    private static List<String> list(SimulatedDisk disk, String directory) {
        try {
            return disk.list(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long bytes(SimulatedDisk disk, String file) {
        try (DiskFile open = disk.openToRead(file)) {
            return open.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Done twice, it repairs. */
    void doTo(SimulatedDisk disk) {
        try {
            disk.damage(file, position, bits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
