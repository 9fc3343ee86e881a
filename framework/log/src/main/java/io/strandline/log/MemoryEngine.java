package io.strandline.log;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.log.impl.file.MemoryHome;
import io.strandline.spi.Engine;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.function.UnaryOperator;

/**
 * Opens the log in the memory of this JVM: {@code memory:} or {@code memory:NAME}. The engine is that of files, with all it
 * does. Only what is below it has no file, so nothing outlives the JVM. It is meant for tests of applications.
 *
 * <p>The log at {@code memory:} is private to who opens it, and is gone when it is closed. The log at {@code memory:NAME}
 * belongs to the JVM: it is there again when the name is opened again, also on another Vert.x instance, as after a restart of
 * the application. It stays until {@link #drop}. A JVM keeps {@value #MAX_NAMED_LOGS} of them, a further one is refused as
 * Overloaded.
 *
 * <p>A log takes as much heap as its events do. It is refused more than half of the maximum heap, and answers as a log
 * on a full disk does then. {@link LogOptions} are taken as they are. With other options, and where JSON leaves one out, the
 * log has one shard, journal files of 1 MiB, and keeps 8 MiB of events outside of chunks: {@link #options()}.
 */
public final class MemoryEngine implements Engine {

    /** Named logs of a JVM that are not dropped. */
    public static final int MAX_NAMED_LOGS = MemoryHome.MAX_NAMED_LOGS;

    private static final String SCHEME = "memory";
    private static final int MAX_NAME_LENGTH = 255;
    private static final int SHARDS = 1;
    private static final int JOURNAL_FILE_BYTES = 1 << 20;
    private static final int TAIL_BYTES = 8 << 20;

    /** For {@link java.util.ServiceLoader}. */
    public MemoryEngine() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    /** The options of a log in memory that was opened with none. */
    public static LogOptions options() {
        return new LogOptions()
                .setShards(SHARDS)
                .setJournalFileBytes(JOURNAL_FILE_BYTES)
                .setTailBytes(TAIL_BYTES);
    }

    /**
     * Forgets a named log with everything in it.
     *
     * @param name what follows {@code memory:} in its address
     * @return false if there is none of this name
     * @throws StrandlineException.Unavailable if the log is open
     */
    public static boolean drop(String name) {
        return MemoryHome.drop(name);
    }

    @Override
    public Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        LogOptions logOptions;
        String name = address.substring(SCHEME.length() + 1);
        try {
            logOptions = scaledDown(options);
            logOptions.validate();
            if (name.length() > MAX_NAME_LENGTH) {
                throw new StrandlineException.Invalid("name of a log in memory has " + name.length()
                        + " characters, at most " + MAX_NAME_LENGTH + ": " + name);
            }
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
        return HomeOpening.open(
                        vertx,
                        address,
                        () -> name.isEmpty() ? MemoryHome.unnamed() : MemoryHome.named(name),
                        UnaryOperator.identity(),
                        logOptions)
                .map(port -> LogPort.strandline(vertx, port));
    }

    private static LogOptions scaledDown(StrandlineOptions options) {
        JsonObject given = options.toJson();
        return new LogOptions(options().toJson().mergeIn(given));
    }
}
