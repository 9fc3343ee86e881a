package io.strandline.log;

import io.strandline.Appended;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.spi.backup.BackupPoint;
import io.strandline.spi.backup.BackupProgress;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A log of files, and a directory for its backups. */
abstract class BackupFixture {

    static final PrintStream QUIET = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    final Vertx vertx = Vertx.vertx();
    Path data;
    Path backups;
    Strandline log;

    @BeforeEach
    void create() {
        data = directory.resolve("data");
        backups = directory.resolve("backups");
        log = open(data);
    }

    @AfterEach
    void close() {
        Applications.get(vertx.close());
    }

    static LogOptions options() {
        return new LogOptions()
                .setShards(3)
                .setJournalFileBytes(128 << 10)
                .setTailBytes(512 << 10)
                .setSectionBytes(64 << 10);
    }

    Strandline open(Path at) {
        return Applications.get(Strandline.open(vertx, "file:" + at, options()));
    }

    BackupPoint take() {
        return take(BackupProgress.NONE);
    }

    BackupPoint take(BackupProgress progress) {
        return Applications.get(LogBackup.take(vertx, log, backups, progress));
    }

    Strandline restored(BackupPoint point) {
        Path target = directory.resolve("restored-" + point.name());
        LogBackup.restore(backups, point.name(), target, QUIET, BackupProgress.NONE);
        return open(target);
    }

    void append(String... events) {
        append(log, events);
    }

    void append(Strandline to, String... events) {
        Context context = Applications.newContext(vertx);
        EventWriter<Buffer> writer = Applications.writer(context, to, "shop/orders", new WriterOptions());
        Applications.get(Applications.start(context, () -> {
            List<Future<Appended>> appended = new ArrayList<>();
            for (String event : events) {
                appended.add(writer.append("key", Buffer.buffer(event)));
            }
            return Future.all(appended);
        }));
    }

    void createOneStream() {
        Applications.get(log.catalog().createScope("shop"));
        Applications.get(log.catalog().createStream("shop/orders", new StreamOptions()));
    }

    List<String> orders(Strandline of) {
        return Applications.get(Applications.readAll(vertx, of, "shop/orders")).stream()
                .map(event -> event.event().toString())
                .toList();
    }

    /** Enough for chunks. */
    void appendMuch() {
        String[] events = new String[60];
        for (int i = 0; i < events.length; i++) {
            events[i] = i + " " + "x".repeat(30_000);
        }
        append(events);
        Applications.until(vertx, "chunks", () -> !Applications.chunks(data).isEmpty());
    }
}
