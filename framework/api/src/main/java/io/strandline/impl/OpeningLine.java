package io.strandline.impl;

import io.strandline.Catalog;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.spi.LogPort;
import io.strandline.spi.Logger;
import io.strandline.spi.watch.ShardStatistics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The lines that say that a log is open, with what was found in it, and that it is closed. */
public final class OpeningLine {

    private static final Logger LOG = Logger.of(Strandline.class);

    private OpeningLine() {}

    /** Writes the line in a later turn of the calling context, when the catalog has answered; the log serves meanwhile. */
    public static void write(Strandline log, String address, long millis) {
        if (log instanceof PortStrandline own) {
            own.announce();
            if (LOG.isInfoEnabled()) {
                own.callerContext().runOnContext(nextTurn -> write(own, address, millis));
            }
        }
    }

    private static void write(PortStrandline log, String address, long millis) {
        LogPort port = log.port();
        streams(log.catalog()).compose(streams -> recoveredFrames(port)
                .onSuccess(frames -> LOG.info(text(address, millis, port.shards(), streams, frames))));
    }

    static String text(String address, long millis, int shards, int streams, long recoveredFrames) {
        return "log " + address + " is open after " + millis + " ms, with " + shards + " shards and " + streams
                + " streams; " + recoveredFrames + " frames were recovered";
    }

    /** Frames that the shards have recovered, or 0 for a log in another process. */
    private static Future<Long> recoveredFrames(LogPort port) {
        return port.statistics().map(shards -> shards.stream()
                .mapToLong(ShardStatistics::recoveredFrames)
                .sum());
    }

    /** Writes the line that says that a log is closed, if one has said that it is open. */
    static void writeClosed(PortStrandline log, long millis) {
        String text = closedText(log, millis);
        if (text != null) {
            LOG.info(text);
        }
    }

    static @Nullable String closedText(PortStrandline log, long millis) {
        return log.isAnnounced() ? "log " + log.port().address() + " is closed after " + millis + " ms" : null;
    }

    private static Future<Integer> streams(Catalog catalog) {
        return catalog.scopes().compose(scopes -> {
            List<Future<List<StreamName>>> all = new ArrayList<>();
            scopes.forEach(scope -> all.add(catalog.streams(scope)));
            return Future.all(all).map(lists -> all.stream()
                    .mapToInt(streams -> streams.result().size())
                    .sum());
        });
    }

    /** Milliseconds since a moment of {@link System#nanoTime}. */
    public static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }
}
