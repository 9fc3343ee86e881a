package io.strandline.projection.sql;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.WriterOptions;
import io.strandline.log.LogOptions;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * The process that {@link SqlCrashTest} kills: appends events without end and projects them, and says a line for each batch that was
 * applied. Arguments: directory of the log, port of the database.
 */
final class SqlCrashChild {

    static final String MODEL = "crash";
    private static final int EVENTS_AT_A_TIME = 40;

    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private SqlCrashChild() {}

    public static void main(String[] arguments) {
        dieWithParent();
        Vertx vertx = Vertx.vertx();
        Pool pool = TestPostgres.pool(vertx, TestPostgres.connect(Integer.parseInt(arguments[1])));
        vertx.runOnContext(started -> open(vertx, arguments[0])
                .compose(log -> project(vertx, log, pool, SqlCrashChild::say).compose(projection -> {
                    projection.ended().onFailure(cause -> say("F " + cause));
                    return log.createWriter(SqlLog.STREAM, SqlLog.TEXT, new WriterOptions());
                }))
                .onSuccess(writer -> appendForever(writer, System.nanoTime()))
                .onFailure(cause -> say("F " + cause)));
    }

    static Future<Strandline> open(Vertx vertx, String directory) {
        return Strandline.open(vertx, "file:" + directory, new LogOptions().setShards(2));
    }

    /** @param told hears of each batch whose rows were written */
    static Future<Projection> project(Vertx vertx, Strandline log, Pool pool, Consumer<String> told) {
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        SqlStore<String> store = SqlStore.of(pool, (connection, batch) -> SqlLog.write(MODEL, connection, batch)
                .onSuccess(written -> told.accept("B " + batch.records().size())));
        ProjectionOptions options = SqlLog.options(MODEL);
        // No event is to blame for these deaths, however often they meet the same one.
        options.getGroup().setMaxAttempts(1_000);
        return Projection.open(vertx, log, sync, SqlLog.TEXT, store, options);
    }

    /** A few at a time, so that batches are of any size and the projection is never far. */
    private static void appendForever(EventWriter<String> writer, long number) {
        Future<?> last = Future.succeededFuture();
        for (int i = 0; i < EVENTS_AT_A_TIME; i++) {
            long event = number + i;
            last = writer.append("key" + event % SqlLog.KEYS, "event" + event);
        }
        last.onSuccess(appended -> appendForever(writer, number + EVENTS_AT_A_TIME))
                .onFailure(cause -> say("F " + cause));
    }

    private static synchronized void say(String line) {
        try {
            OUT.write((line.replace('\n', ' ') + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends this process at once when its parent is gone. */
    private static void dieWithParent() {
        Thread watch = new Thread(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // As good as its end.
            }
            Runtime.getRuntime().halt(3);
        });
        watch.setDaemon(true);
        watch.start();
    }
}
