package io.strandline.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.impl.shard.CutMoment;
import io.strandline.log.impl.shard.Shard;
import io.strandline.log.impl.shard.ShardHost;
import io.strandline.spi.LogPort;
import io.strandline.spi.SideFiles;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Backups of a log of files: under load, interrupted, damaged, and restored. */
class LogBackupTest extends BackupFixture {

    @Test
    void a_copy_under_full_load_is_of_one_moment_and_has_all_that_was_acknowledged_before() {
        BackupLoad.create(log);
        BackupLoad load = new BackupLoad(vertx, log);
        load.start();
        List<BackupPoint> points = new ArrayList<>();
        List<long[]> before = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            load.awaitProgress(40);
            before.add(load.acknowledged());
            points.add(take());
        }
        // The log goes on, and lets the files go that were kept.
        load.awaitProgress(40);
        load.end();
        long[] end = load.acknowledged();
        assertThat(LogBackup.points(backups)).containsExactlyElementsOf(points);
        assertThat(LogBackup.verify(backups, null, QUIET, BackupProgress.NONE)).isZero();
        for (int i = 0; i < points.size(); i++) {
            Strandline copy = restored(points.get(i));
            long[] newest = BackupLoad.check(vertx, copy, before.get(i));
            BackupLoad.checkDedup(vertx, copy, newest);
            assertThat(newest[0]).isLessThanOrEqualTo(end[0] + 8);
            Applications.get(copy.close());
        }
        BackupLoad.check(vertx, log, end);
        Applications.get(log.close());
        assertThat(LogVerifier.verify(data, QUIET)).isZero();
    }

    @Test
    void a_shard_knows_its_last_frame_before_the_moment() {
        createOneStream();
        EmbeddedLog embedded = (EmbeddedLog) Objects.requireNonNull(LogPort.of(log));
        PassedMoment passed = passMoment(embedded);
        CutMoment moment = passed.moment();
        append("after");
        assertThat(frames(embedded, life -> life.cutFrame(moment))).isEqualTo(passed.last());

        // Another life of the shard did not hold its files.
        ShardHost host = embedded.hosts()[0];
        int epoch = host.epoch();
        Applications.failure(host.call(life -> {
            throw new IllegalStateException("a fault that ends the life");
        }));
        Applications.until(vertx, "another life", () -> host.epoch() > epoch);
        Applications.get(host.call(life -> life.hold(new CutMoment())));
        assertThat(Applications.refusal(host.call(life -> life.cutFrame(moment))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("shard 0");
        assertThat(Applications.refusal(host.call(life -> life.letGo(moment))))
                .isInstanceOf(StrandlineException.Unavailable.class);
    }

    /** A moment, and the last frame of each shard before it. */
    private record PassedMoment(CutMoment moment, List<Long> last) {}

    /** Shards at rest write proofs by themselves. A moment at which one was written, just before or after it, proves nothing. */
    private PassedMoment passMoment(EmbeddedLog embedded) {
        for (int attempt = 0; attempt < 20; attempt++) {
            CutMoment moment = new CutMoment();
            for (ShardHost host : embedded.hosts()) {
                Applications.get(host.call(life -> life.hold(moment)));
            }
            append("before");
            List<Long> last = appliedFrames(embedded);
            moment.pass();
            if (appliedFrames(embedded).equals(last)) {
                return new PassedMoment(moment, last);
            }
            for (ShardHost host : embedded.hosts()) {
                Applications.get(host.call(life -> life.letGo(moment)));
            }
        }
        throw new AssertionError("the shards are never at rest");
    }

    private static List<Long> appliedFrames(EmbeddedLog log) {
        return frames(log, life -> Future.succeededFuture(life.state().appliedFrame()));
    }

    private static List<Long> frames(EmbeddedLog log, Function<Shard, Future<Long>> of) {
        return Stream.of(log.hosts())
                .map(host -> Applications.get(host.call(of)))
                .toList();
    }

    @Test
    void a_held_journal_keeps_its_files_and_gives_them_back() {
        createOneStream();
        EmbeddedLog embedded = (EmbeddedLog) Objects.requireNonNull(LogPort.of(log));
        int shard = Applications.get(log.catalog().describe("shop/orders"))
                .partitions()
                .get(0)
                .shard();
        ShardHost host = embedded.hosts()[shard];
        CutMoment moment = new CutMoment();
        Applications.get(host.call(life -> life.hold(moment)));
        Set<String> held = journal(shard);
        appendMuch();
        appendMuch();
        assertThat(journal(shard)).containsAll(held).hasSizeGreaterThan(held.size() + 5);
        Applications.get(host.call(life -> life.letGo(moment)));
        Applications.until(vertx, "the files go", () -> journal(shard).size() < 8);
        assertThat(journal(shard)).doesNotContainAnyElementsOf(held);
    }

    private Set<String> journal(int shard) {
        String[] names = data.resolve(ShardDirectories.journal(shard)).toFile().list();
        return Stream.of(Objects.requireNonNull(names))
                .filter(name -> name.endsWith(".journal"))
                .collect(Collectors.toSet());
    }

    @Test
    void a_backup_that_was_killed_goes_on_where_it_was() throws IOException {
        createOneStream();
        for (int i = 0; i < 3; i++) {
            appendMuch();
        }
        RuntimeException kill = new IllegalStateException("killed");
        assertThat(Applications.failure(LogBackup.take(vertx, log, backups, (step, bytes, total) -> {
                    if (!Applications.chunks(backups).isEmpty()) {
                        throw kill;
                    }
                })))
                .isSameAs(kill);
        assertThat(LogBackup.points(backups)).isEmpty();
        // What a kill may leave besides.
        Files.createDirectories(backups.resolve("points/20260101-000000-000.tmp/shard-0"));
        Files.writeString(backups.resolve("points/20260101-000000-000.tmp/shard-0/x"), "cut");
        long there = Applications.chunks(backups).stream()
                .mapToLong(chunk -> chunk.toFile().length())
                .sum();
        BackupPoint point = take();
        assertThat(there).isPositive();
        assertThat(point.copiedBytes()).isLessThanOrEqualTo(point.bytes() - there);
        Strandline copy = restored(point);
        assertThat(orders(copy)).isEqualTo(orders(log));
        try (Stream<Path> unfinished = Files.walk(backups)) {
            assertThat(unfinished.filter(path -> path.toString().endsWith(".tmp")))
                    .isEmpty();
        }
    }

    /** A file that only looks whole after a power failure is copied again. */
    @Test
    void a_damaged_chunk_of_an_unfinished_backup_is_copied_again() throws IOException {
        createOneStream();
        appendMuch();
        Path chunk = Applications.chunks(data).get(0);
        Path copied = backups.resolve(data.relativize(chunk));
        Files.createDirectories(backups.resolve("points"));
        Files.createDirectories(Objects.requireNonNull(copied.getParent()));
        byte[] bytes = Files.readAllBytes(chunk);
        bytes[bytes.length / 3] ^= 1;
        Files.write(copied, bytes);
        BackupPoint point = take();
        assertThat(LogBackup.verify(backups, point.name(), QUIET, BackupProgress.NONE))
                .isZero();
        assertThat(orders(restored(point))).isEqualTo(orders(log));
    }

    @Test
    void a_point_costs_what_has_changed() {
        createOneStream();
        appendMuch();
        BackupPoint first = take();
        append("one more");
        BackupPoint second = take();
        assertThat(second.bytes()).isGreaterThanOrEqualTo(first.bytes() / 2);
        assertThat(second.copiedBytes()).isLessThan(first.copiedBytes());
        assertThat(orders(restored(second))).hasSize(61);
        assertThat(orders(restored(first))).hasSize(60);
    }

    @Test
    void one_flipped_byte_is_found() throws IOException {
        createOneStream();
        appendMuch();
        BackupPoint point = take();
        List<Path> files;
        try (Stream<Path> all = Files.walk(backups)) {
            files = all.filter(file -> Files.isRegularFile(file) && !file.endsWith("backup.lock"))
                    .toList();
        }
        assertThat(files).hasSizeGreaterThan(4);
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 4;
            Files.write(file, bytes);
            assertThat(LogBackup.verify(backups, null, QUIET, BackupProgress.NONE))
                    .as(file.toString())
                    .isEqualTo(1);
            Path target = directory.resolve("from-damaged-" + files.indexOf(file));
            assertThatThrownBy(() -> LogBackup.restore(backups, point.name(), target, QUIET, BackupProgress.NONE))
                    .as(file.toString())
                    .isInstanceOf(StrandlineException.Corrupt.class);
            assertThat(target).doesNotExist();
            bytes[bytes.length / 2] ^= 4;
            Files.write(file, bytes);
        }
        assertThat(LogBackup.verify(backups, null, QUIET, BackupProgress.NONE)).isZero();
        Path missing = files.get(files.size() - 1);
        byte[] kept = Files.readAllBytes(missing);
        Files.delete(missing);
        assertThat(LogBackup.verify(backups, null, QUIET, BackupProgress.NONE)).isEqualTo(1);
        Files.write(missing, kept);
    }

    @Test
    void a_restore_that_was_killed_goes_on_and_never_looks_like_a_log() throws IOException {
        createOneStream();
        appendMuch();
        BackupPoint point = take();
        Path target = directory.resolve("target");
        AtomicLong done = new AtomicLong();
        assertThatThrownBy(() -> LogBackup.restore(backups, point.name(), target, QUIET, (step, bytes, total) -> {
                    if (done.incrementAndGet() == 4) {
                        throw new IllegalStateException("killed");
                    }
                }))
                .hasMessage("killed");
        assertThat(target).doesNotExist();
        // One of the copies is damaged meanwhile.
        Path there = Applications.chunks(directory.resolve("target.restoring")).stream()
                .findFirst()
                .orElse(directory.resolve("target.restoring/log.json"));
        Files.createDirectories(Objects.requireNonNull(there.getParent()));
        Files.writeString(there, "damaged");
        LogBackup.restore(backups, Long.MAX_VALUE, target, QUIET, BackupProgress.NONE);
        assertThat(orders(open(target))).isEqualTo(orders(log));
        assertThatThrownBy(() -> LogBackup.restore(backups, point.name(), target, QUIET, BackupProgress.NONE))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("not empty");
    }

    @Test
    void the_newest_point_that_is_not_after_a_time_is_restored() {
        createOneStream();
        append("a");
        BackupPoint first = take();
        append("b");
        BackupPoint second = take();
        assertThat(second.name()).isGreaterThan(first.name());
        Path target = directory.resolve("then");
        assertThat(LogBackup.restore(backups, second.stampMillis() - 1, target, QUIET, BackupProgress.NONE))
                .isEqualTo(first);
        assertThat(orders(open(target))).containsExactly("a");
        assertThatThrownBy(() -> LogBackup.restore(
                        backups, first.stampMillis() - 1, directory.resolve("early"), QUIET, BackupProgress.NONE))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThatThrownBy(() -> LogBackup.restore(
                        backups, "../points/" + first.name(), directory.resolve("early"), QUIET, BackupProgress.NONE))
                .isInstanceOf(StrandlineException.NotFound.class);
    }

    @Test
    void a_removed_point_takes_along_what_no_other_has() {
        createOneStream();
        append("a");
        BackupPoint first = take();
        appendMuch();
        BackupPoint second = take();
        LogBackup.remove(backups, second.name());
        assertThat(LogBackup.points(backups)).containsExactly(first);
        assertThat(Applications.chunks(backups)).hasSizeLessThan(second.files());
        assertThat(orders(restored(first))).containsExactly("a");
        LogBackup.remove(backups, first.name());
        assertThat(Applications.chunks(backups)).isEmpty();
    }

    @Test
    void snapshots_beside_the_log_are_in_it_even_if_they_go_meanwhile() throws IOException {
        createOneStream();
        appendMuch();
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        SideFiles snapshots = Objects.requireNonNull(port.sideFiles(SideFiles.CHECKPOINTS + "/totals"));
        snapshots.create();
        try (SideFiles.Output file = snapshots.write("snapshot-1")) {
            file.write(ByteBuffer.wrap("state".getBytes(StandardCharsets.UTF_8)));
            file.force();
        }
        AtomicBoolean deleted = new AtomicBoolean();
        BackupPoint point = take((step, done, total) -> {
            if (step.startsWith("journal") && deleted.compareAndSet(false, true)) {
                try {
                    snapshots.delete("snapshot-1");
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        assertThat(deleted).isTrue();
        assertThat(snapshots.names()).isEmpty();
        Path target = directory.resolve("with-snapshots");
        LogBackup.restore(backups, point.name(), target, QUIET, BackupProgress.NONE);
        assertThat(target.resolve("checkpoints/totals/snapshot-1")).hasContent("state");
    }

    @Test
    void a_closed_log_is_copied_and_an_open_one_is_not_taken_for_one() {
        createOneStream();
        appendMuch();
        List<String> all = orders(log);
        assertThatThrownBy(() -> LogBackup.takeClosed(data, backups, BackupProgress.NONE))
                .isInstanceOf(StrandlineException.Unavailable.class);
        Applications.get(log.close());
        BackupPoint point = LogBackup.takeClosed(data, backups, BackupProgress.NONE);
        assertThat(orders(restored(point))).isEqualTo(all);
        assertThat(LogVerifier.verify(data, QUIET)).isZero();
    }

    @Test
    void damage_is_not_backed_up() throws IOException {
        createOneStream();
        appendMuch();
        Applications.get(log.close());
        List<Path> files;
        try (Stream<Path> all = Files.walk(data)) {
            files = all.filter(file -> file.toString().matches(".*[.](chunk|journal)"))
                    .toList();
        }
        for (Path file : files) {
            byte[] bytes = Files.readAllBytes(file);
            int at = file.toString().endsWith(".journal") ? 4096 + 8 : bytes.length / 2;
            bytes[at] ^= 4;
            Files.write(file, bytes);
            if (!isUnused(file, bytes)) {
                // What was copied before the damage would be used.
                Path fresh = directory.resolve("backups-" + files.indexOf(file));
                assertThatThrownBy(
                                () -> LogBackup.takeClosed(data, fresh, BackupProgress.NONE),
                                "damaged %s at %d",
                                file,
                                at)
                        .isInstanceOf(StrandlineException.Corrupt.class);
                assertThat(LogBackup.points(fresh)).isEmpty();
            }
            bytes[at] ^= 4;
            Files.write(file, bytes);
        }
        assertThat(LogBackup.takeClosed(data, backups, BackupProgress.NONE).files())
                .isGreaterThan(3);
    }

    /** A journal file in which no frame was written yet. */
    private static boolean isUnused(Path file, byte[] bytes) {
        return file.toString().endsWith(".journal") && bytes[4096] == 0 && bytes[4096 + 8] == 0;
    }

    @Test
    void a_directory_of_something_else_is_refused() throws IOException {
        createOneStream();
        append("a");
        assertThat(Applications.refusal(LogBackup.take(vertx, log, data, BackupProgress.NONE)))
                .isInstanceOf(StrandlineException.Invalid.class);
        Path other = Files.createDirectory(directory.resolve("other"));
        Files.writeString(other.resolve("letters"), "dear");
        assertThat(Applications.refusal(LogBackup.take(vertx, log, other, BackupProgress.NONE)))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining(other.toString());
        assertThat(Applications.refusal(Objects.requireNonNull(LogPort.of(log)).backup()))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("backupDirectory");
    }

    @Test
    void everybody_may_ask_how_far_it_is() {
        createOneStream();
        appendMuch();
        LogPort port = Objects.requireNonNull(LogPort.of(log));
        assertThat(Applications.get(port.backupState())).isEqualTo(BackupProgress.State.NONE);
        List<BackupProgress.State> told = new CopyOnWriteArrayList<>();
        List<BackupProgress.State> asked = new CopyOnWriteArrayList<>();
        take((step, doneBytes, totalBytes) -> {
            told.add(new BackupProgress.State(true, step, doneBytes, totalBytes));
            asked.add(port.backupState().result());
        });
        assertThat(told).isNotEmpty();
        assertThat(asked).isEqualTo(told);
        assertThat(Applications.get(port.backupState())).isEqualTo(BackupProgress.State.NONE);
    }

    @Test
    void a_check_tells_how_far_it_is() {
        createOneStream();
        appendMuch();
        Applications.get(log.close());
        Map<String, List<Long>> done = new LinkedHashMap<>();
        Map<String, Long> totals = new HashMap<>();
        assertThat(LogVerifier.verify(data, QUIET, (step, doneBytes, totalBytes) -> {
                    done.computeIfAbsent(step, none -> new ArrayList<>()).add(doneBytes);
                    assertThat(totals.merge(step, totalBytes, Math::max)).isEqualTo(totalBytes);
                }))
                .isZero();
        assertThat(done).hasSize(2 * options().getShards());
        done.forEach((step, bytes) -> {
            assertThat(bytes).as(step).isSorted();
            assertThat(bytes.get(bytes.size() - 1)).as(step).isEqualTo(totals.get(step));
        });
        assertThat(totals.values().stream().mapToLong(Long::longValue).sum()).isGreaterThan(60 * 30_000);
    }

    @Test
    void one_backup_at_a_time_and_a_close_ends_it() {
        createOneStream();
        appendMuch();
        AtomicBoolean closes = new AtomicBoolean();
        List<StrandlineException> refusals = new ArrayList<>();
        assertThat(Applications.refusal(LogBackup.take(vertx, log, backups, (step, done, total) -> {
                    if (closes.compareAndSet(false, true)) {
                        refusals.add(Applications.refusal(LogBackup.take(vertx, log, backups, BackupProgress.NONE)));
                        log.close();
                    }
                })))
                .isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(refusals).hasSize(1).allMatch(refusal -> refusal instanceof StrandlineException.Overloaded);
    }
}
