package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.spi.LogPort;
import io.strandline.spi.SideFiles;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a backup, a removal or a restore that was cut off, failed or met a busy log leaves for the next one: nothing wrong. */
class BackupLeftoversTest extends BackupFixture {

    /** What is left of it must not be taken for a part of the other one, whichever files it was that were there. */
    @Test
    void a_restore_after_a_cut_off_one_of_another_point_is_of_its_own_moment() {
        createOneStream();
        append("a");
        BackupPoint older = take();
        appendMuch();
        List<String> much = orders(log);
        BackupPoint newer = take();
        for (BackupPoint cutOff : List.of(newer, older)) {
            BackupPoint wanted = cutOff.equals(newer) ? older : newer;
            int lastShard = options().getShards() - 1;
            for (int shard = 0; shard <= lastShard; shard++) {
                Path target = directory.resolve(wanted.name() + "-" + shard);
                cutOffInJournal(cutOff, target, shard);
                assertThat(LogBackup.restore(backups, wanted.name(), target, QUIET, BackupProgress.NONE))
                        .isEqualTo(wanted);
                assertThat(filesOf(target)).as("cut off in shard " + shard).isEqualTo(filesOf(wanted));
            }
            Path last = directory.resolve(wanted.name() + "-" + lastShard);
            assertThat(orders(open(last))).isEqualTo(wanted.equals(newer) ? much : List.of("a"));
        }
    }

    private void cutOffInJournal(BackupPoint point, Path target, int shard) {
        Path mark = target.resolveSibling(target.getFileName() + ".restoring")
                .resolve(ShardDirectories.directory(shard) + "/journal.end");
        assertThatThrownBy(() -> LogBackup.restore(backups, point.name(), target, QUIET, (step, done, total) -> {
                    if (Files.exists(mark)) {
                        throw new IllegalStateException("killed");
                    }
                }))
                .hasMessage("killed");
    }

    /** Names of the files of a data directory, but for the descriptions that every log has. */
    private static Set<String> filesOf(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> !file.endsWith("log.json") && !file.endsWith("log.identity"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new AssertionError(root.toString(), e);
        }
    }

    /** Names of the files that a point has, in a data directory. */
    private Set<String> filesOf(BackupPoint point) {
        Path fresh = directory.resolve("fresh-" + point.name());
        if (!Files.exists(fresh)) {
            LogBackup.restore(backups, point.name(), fresh, QUIET, BackupProgress.NONE);
        }
        return filesOf(fresh);
    }

    private void createAStreamOnEveryShard() {
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog()
                .createStream(
                        "shop/orders",
                        new StreamOptions().setPartitions(options().getShards())));
    }

    /** Enough for new chunks of every shard. */
    private void appendToEveryShard() {
        List<Path> before = Applications.chunks(data);
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, log, "shop/orders", new WriterOptions());
        Applications.get(Applications.start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (int i = 0; i < 120; i++) {
                appended.add(writer.append("key-" + i, Buffer.buffer(new byte[30_000])));
            }
            return Future.all(appended);
        }));
        Applications.until(
                vertx,
                "new chunks everywhere",
                () -> Applications.chunks(data).stream()
                                .filter(chunk -> !before.contains(chunk))
                                .map(chunk -> data.relativize(chunk).getName(0))
                                .distinct()
                                .count()
                        == options().getShards());
    }

    private void truncateAll() {
        Applications.get(log.catalog()
                .truncate("shop/orders", Applications.get(log.catalog().endCut("shop/orders"))));
        Applications.until(
                vertx, "the chunks go", () -> Applications.chunks(data).isEmpty());
    }

    /** What lies in the directories of chunks, copies that were cut off included. */
    private Set<String> chunkFiles(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString())
                    .filter(file -> file.contains("chunks"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new AssertionError(root.toString(), e);
        }
    }

    /** A log that merges and removes its chunks while they are copied must not fill the directory with what nobody can restore. */
    @Test
    void a_point_leaves_no_chunk_that_no_point_names() throws IOException {
        createAStreamOnEveryShard();
        appendToEveryShard();
        BackupPoint first = take();
        Set<String> ofFirst = chunkFiles(backups);
        assertThat(ofFirst).hasSizeGreaterThanOrEqualTo(options().getShards());
        appendToEveryShard();
        AtomicBoolean removed = new AtomicBoolean();
        BackupPoint second = take((step, done, total) -> {
            if (step.equals("chunks of shard 2") && removed.compareAndSet(false, true)) {
                assertThat(chunkFiles(backups)).hasSizeGreaterThan(ofFirst.size());
                truncateAll();
            }
        });
        assertThat(removed).isTrue();
        assertThat(chunkFiles(backups)).isEqualTo(ofFirst);
        Path cutOff = backups.resolve(ofFirst.iterator().next() + ".tmp");
        Files.writeString(cutOff, "cut");
        Path letter =
                Files.writeString(Objects.requireNonNull(cutOff.getParent()).resolve("letter"), "dear");

        // A point that cannot be read may name each of them.
        Path manifest = backups.resolve("points/" + first.name() + "/manifest");
        byte[] bytes = Files.readAllBytes(manifest);
        Files.writeString(manifest, "damaged");
        BackupPoint third = take();
        LogBackup.remove(backups, second.name());
        assertThat(chunkFiles(backups)).containsAll(ofFirst);
        Files.write(manifest, bytes);
        assertThat(LogBackup.verify(backups, first.name(), QUIET, BackupProgress.NONE))
                .isZero();

        LogBackup.remove(backups, third.name());
        assertThat(cutOff).doesNotExist();
        assertThat(Applications.chunks(backups)).hasSameSizeAs(ofFirst);
        Files.writeString(manifest, "damaged");
        LogBackup.remove(backups, first.name());
        assertThat(LogBackup.points(backups)).isEmpty();
        assertThat(Applications.chunks(backups)).isEmpty();
        assertThat(letter).hasContent("dear");
    }

    /** The next backup finds the directory free, and files that could not be deleted go with it. */
    @Test
    void a_backup_whose_files_cannot_be_let_go_leaves_its_directory_free() throws IOException {
        Applications.get(log.close());
        AtomicBoolean fails = new AtomicBoolean();
        FileEngine engine = HookedLogs.engine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
            if (fails.get() && step == HookedDisk.Step.DELETE && name.startsWith(SideFiles.CHECKPOINTS)) {
                throw new IOException("deletion of " + name + " fails");
            }
        }));
        log = Applications.get(engine.open(vertx, "file:" + data, options()));
        SideFiles snapshots = Objects.requireNonNull(
                Objects.requireNonNull(LogPort.of(log)).sideFiles(SideFiles.CHECKPOINTS + "/totals"));
        snapshots.create();
        for (String name : List.of("snapshot-1", "snapshot-2")) {
            try (SideFiles.Output file = snapshots.write(name)) {
                file.force();
            }
        }
        AtomicBoolean deleted = new AtomicBoolean();
        assertThat(Applications.refusal(LogBackup.take(vertx, log, backups, (step, done, total) -> {
                    if (step.startsWith("journal") && deleted.compareAndSet(false, true)) {
                        fails.set(true);
                        delete(snapshots, "snapshot-1");
                        delete(snapshots, "snapshot-2");
                    }
                })))
                .hasMessageContaining("deletion of");
        assertThat(data.resolve("checkpoints/totals/snapshot-1")).exists();
        fails.set(false);
        BackupPoint point = take();
        assertThat(LogBackup.points(backups)).containsExactly(point);
        assertThat(data.resolve("checkpoints/totals")).isEmptyDirectory();
    }

    private static void delete(SideFiles files, String name) {
        try {
            files.delete(name);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
