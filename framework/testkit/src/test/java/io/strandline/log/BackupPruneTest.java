package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.StrandlineException;
import io.strandline.log.impl.backup.Backups;
import io.strandline.log.impl.file.FileDisk;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.spi.backup.BackupPruning;
import io.strandline.testkit.HookedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Old points go, and whatever happens meanwhile the points that stay can be restored. */
class BackupPruneTest extends BackupFixture {

    private static final long NO_TIME = Long.MAX_VALUE;

    /** Five points. The first three have chunks that the others do not name. */
    private List<BackupPoint> takeFive() {
        createOneStream();
        List<BackupPoint> taken = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            appendMuch();
            taken.add(take());
            if (i == 2) {
                Applications.get(log.catalog()
                        .truncate("shop/orders", Applications.get(log.catalog().endCut("shop/orders"))));
                Applications.until(
                        vertx, "the chunks go", () -> Applications.chunks(data).isEmpty());
            }
        }
        return taken;
    }

    private static List<String> names(List<BackupPoint> points) {
        return points.stream().map(BackupPoint::name).toList();
    }

    /** Lengths of all files but the lock. */
    private static Map<String, Long> sizes(Path root) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (!file.endsWith("backup.lock")) {
                    sizes.put(root.relativize(file).toString(), Files.size(file));
                }
            }
        }
        return sizes;
    }

    private static long bytes(Map<String, Long> sizes) {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    private static void assertWhole(Path root, List<BackupPoint> points) {
        assertThat(LogBackup.points(root)).isEqualTo(points);
        assertThat(LogBackup.verify(root, null, QUIET, BackupProgress.NONE)).isZero();
    }

    @Test
    void the_newest_points_stay_and_can_be_restored() throws IOException {
        List<BackupPoint> taken = takeFive();
        List<String> all = orders(log);
        Map<String, Long> before = sizes(backups);
        BackupPruning plan = LogBackup.planPrune(backups, 2, NO_TIME);
        assertThat(plan.removed()).isEqualTo(names(taken.subList(0, 3)));
        assertThat(plan.kept()).isEqualTo(names(taken.subList(3, 5)));
        assertThat(plan.damaged()).isEmpty();
        assertThat(sizes(backups)).isEqualTo(before);

        assertThat(LogBackup.prune(backups, 2, NO_TIME)).isEqualTo(plan);
        assertWhole(backups, taken.subList(3, 5));
        long manifests = before.entrySet().stream()
                .filter(file -> file.getKey().endsWith("/manifest"))
                .filter(file -> plan.removed().stream().anyMatch(file.getKey()::contains))
                .mapToLong(Map.Entry::getValue)
                .sum();
        assertThat(bytes(before) - bytes(sizes(backups))).isEqualTo(plan.freedBytes() + manifests);
        assertThat(orders(restored(taken.get(4)))).isEqualTo(all);
        assertThat(orders(restored(taken.get(3)))).isEqualTo(all.subList(0, 60));
        assertThat(take().copiedBytes()).isLessThan(taken.get(4).bytes());

        Map<String, Long> after = sizes(backups);
        assertThat(LogBackup.prune(backups, 3, NO_TIME).removed()).isEmpty();
        assertThat(sizes(backups)).isEqualTo(after);
    }

    @Test
    void points_of_a_time_or_later_stay_too() {
        List<BackupPoint> taken = takeFive();
        assertThat(LogBackup.planPrune(backups, 1, taken.get(1).stampMillis()).removed())
                .isEqualTo(names(taken.subList(0, 1)));
        assertThat(LogBackup.planPrune(backups, 1, taken.get(1).stampMillis() + 1)
                        .removed())
                .isEqualTo(names(taken.subList(0, 2)));
        assertThat(LogBackup.planPrune(backups, 2, NO_TIME - 1).removed()).isEqualTo(names(taken.subList(0, 3)));
        assertThat(LogBackup.planPrune(backups, 9, NO_TIME).removed()).isEmpty();
        for (int wrong : List.of(0, -1, LogBackup.MAX_KEPT + 1)) {
            assertThatThrownBy(() -> LogBackup.prune(backups, wrong, NO_TIME))
                    .isInstanceOf(StrandlineException.Invalid.class);
            assertThatThrownBy(() -> LogBackup.planPrune(backups, wrong, NO_TIME))
                    .isInstanceOf(StrandlineException.Invalid.class);
        }
        assertWhole(backups, taken);
    }

    /** Somebody may need exactly the last point from which a log can be made. */
    @Test
    void points_that_are_not_whole_do_not_count() throws IOException {
        List<BackupPoint> taken = takeFive();
        Path manifest = backups.resolve("points/" + taken.get(4).name() + "/manifest");
        byte[] bytes = Files.readAllBytes(manifest);
        Files.writeString(manifest, "damaged");
        Path journal;
        try (Stream<Path> files =
                Files.walk(backups.resolve("points/" + taken.get(3).name()))) {
            journal = files.filter(file -> file.toString().endsWith(".journal"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] frames = Files.readAllBytes(journal);
        Files.delete(journal);
        BackupPruning plan = LogBackup.planPrune(backups, 1, NO_TIME);
        assertThat(plan.kept()).isEqualTo(names(taken.subList(2, 5)));
        assertThat(plan.damaged()).isEqualTo(names(taken.subList(3, 5)));
        Files.write(journal, new byte[1]);
        assertThat(LogBackup.planPrune(backups, 1, NO_TIME)).isEqualTo(plan);
        Map<String, Long> before = sizes(backups);
        assertThat(LogBackup.prune(backups, 1, NO_TIME)).isEqualTo(plan);
        // The point that cannot be read may name any chunk.
        assertThat(Applications.chunks(backups)).hasSize((int)
                before.keySet().stream().filter(file -> file.endsWith(".chunk")).count());
        Files.write(manifest, bytes);
        Files.write(journal, frames);
        assertWhole(backups, taken.subList(2, 5));

        // One that cannot be read goes with its neighbours, not before them.
        Path middle = backups.resolve("points/" + taken.get(3).name() + "/manifest");
        byte[] read = Files.readAllBytes(middle);
        Files.writeString(middle, "damaged");
        BackupPruning recent = LogBackup.planPrune(backups, 1, taken.get(2).stampMillis());
        assertThat(recent.kept()).isEqualTo(names(taken.subList(2, 5)));
        assertThat(recent.damaged()).isEqualTo(names(taken.subList(3, 4)));
        assertThat(LogBackup.planPrune(backups, 1, NO_TIME).removed()).isEqualTo(names(taken.subList(2, 4)));
        Files.write(middle, read);
        for (BackupPoint point : LogBackup.points(backups)) {
            Files.writeString(backups.resolve("points/" + point.name() + "/manifest"), "damaged");
        }
        assertThat(LogBackup.prune(backups, 1, NO_TIME).removed()).isEmpty();
    }

    /** Files in a backup are never written again, so links are copies. */
    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> found = Files.walk(from)) {
            for (Path path : found.toList()) {
                Path copied = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copied);
                } else {
                    Files.createLink(copied, path);
                }
            }
        }
    }

    /** Prunes a copy with a disk that fails from a step on. Returns whether it came so far. */
    private static boolean failsAt(int step, Path copy) {
        AtomicInteger steps = new AtomicInteger();
        HookedDisk disk = new HookedDisk(FileDisk.at(copy), (kind, name, bytes) -> {
            if (steps.getAndIncrement() >= step) {
                throw new IOException(kind + " of " + name + " fails");
            }
        });
        try {
            Backups.prune(copy, disk, 2, NO_TIME);
            return false;
        } catch (IOException failed) {
            return true;
        }
    }

    /** A process that ends at a step leaves what a disk does that fails from there on. */
    @Test
    void a_removal_that_is_cut_off_at_any_step_leaves_a_backup_and_is_ended_by_the_next() throws IOException {
        List<BackupPoint> taken = takeFive();
        List<BackupPoint> kept = taken.subList(3, 5);
        Path ended = directory.resolve("ended");
        copy(backups, ended);
        assertThat(failsAt(Integer.MAX_VALUE, ended)).isFalse();
        Map<String, Long> expected = sizes(ended);
        int step = 0;
        Path copy = directory.resolve("copy-0");
        copy(backups, copy);
        while (failsAt(step, copy)) {
            List<BackupPoint> left = LogBackup.points(copy);
            assertWhole(copy, left);
            assertThat(left).as("step " + step).endsWith(kept.toArray(BackupPoint[]::new));
            assertThat(taken).endsWith(left.toArray(BackupPoint[]::new));
            LogBackup.prune(copy, 2, NO_TIME);
            assertThat(sizes(copy)).as("step " + step).isEqualTo(expected);
            step++;
            copy = directory.resolve("copy-" + step);
            copy(backups, copy);
        }
        assertThat(step).isGreaterThan(30);
        backups = copy;
        assertWhole(backups, kept);
        assertThat(orders(restored(kept.get(1)))).isEqualTo(orders(log));
    }
}
