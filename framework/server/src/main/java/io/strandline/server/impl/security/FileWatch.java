package io.strandline.server.impl.security;

import io.strandline.StrandlineException;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What some files say, read again from time to time. What they say at two looks, one after the other, is taken: a file may be read while
 * somebody writes it, and without its last lines it has less to say. Files that cannot be read or understood leave what was read before, and
 * the log says so once for each content.
 */
final class FileWatch<T> {

    /** Largest of the files, in bytes. A larger one is refused before it is read. */
    static final int MAX_FILE_BYTES = 16 << 20;

    private static final Logger LOG = Logger.of(FileWatch.class);

    private final Vertx vertx;
    private final ContextInternal context;
    private final String what;
    private final List<String> paths;
    private final Function<List<Buffer>, T> parse;
    private final Supplier<Future<List<Buffer>>> read;
    private long timer = -1;
    private boolean isLooking;
    private volatile @Nullable T current;
    private final AtomicLong version = new AtomicLong();
    private List<Buffer> known = List.of();
    /** What the last look found. */
    private List<Buffer> seen = List.of();

    private List<Buffer> refused = List.of();
    private boolean isUnreadable;

    /**
     * Watches some files.
     *
     * @param what names what they hold, in messages
     * @param parse reads their bytes, throws Invalid if they hold none. Runs on the watch's context
     */
    FileWatch(Vertx vertx, String what, List<String> paths, Function<List<Buffer>, T> parse) {
        this(vertx, what, paths, parse, () -> read(vertx, what, paths));
    }

    /** As the other, with another way to read the files. */
    FileWatch(
            Vertx vertx,
            String what,
            List<String> paths,
            Function<List<Buffer>, T> parse,
            Supplier<Future<List<Buffer>>> read) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.what = what;
        this.paths = List.copyOf(paths);
        this.parse = parse;
        this.read = read;
    }

    /** Reads the files, and again every so many milliseconds. Fails with Invalid if the first reading does. */
    Future<Void> begin(long everyMillis) {
        Promise<Void> begun = Promise.promise();
        read.get()
                .onComplete((bytes, failure) -> context.runOnContext(turned -> {
                    if (failure != null) {
                        begun.fail(failure);
                        return;
                    }
                    try {
                        take(bytes);
                    } catch (StrandlineException.Invalid e) {
                        begun.fail(new StrandlineException.Invalid(what + " of " + paths + ": " + e.getMessage()));
                        return;
                    }
                    timer = context.setPeriodic(everyMillis, ticked -> look());
                    begun.complete();
                }));
        return begun.future();
    }

    /** What the files said last. To be called when {@link #begin} has completed. */
    T current() {
        T read = current;
        if (read == null) {
            throw new IllegalStateException(what + " was not read");
        }
        return read;
    }

    /** Rises with each change. */
    long version() {
        return version.get();
    }

    private static Future<List<Buffer>> read(Vertx vertx, String what, List<String> paths) {
        List<Future<Buffer>> reading = new ArrayList<>();
        for (String path : paths) {
            reading.add(vertx.fileSystem()
                    .props(path)
                    .compose(file -> file.size() <= MAX_FILE_BYTES
                            ? vertx.fileSystem().readFile(path)
                            : Future.failedFuture(new StrandlineException.Invalid(
                                    "it has " + file.size() + " bytes, the limit is " + MAX_FILE_BYTES)))
                    .recover(cause -> Future.failedFuture(
                            new StrandlineException.Invalid(what + " cannot be read from " + path, cause))));
        }
        return Future.all(reading).map(all -> all.<Buffer>list());
    }

    private void take(List<Buffer> bytes) {
        current = parse.apply(bytes);
        known = bytes;
        version.incrementAndGet();
    }

    private void look() {
        if (isLooking) {
            return;
        }
        isLooking = true;
        read.get()
                .onComplete((bytes, failure) -> context.runOnContext(turned -> {
                    isLooking = false;
                    if (failure == null) {
                        isUnreadable = false;
                        looked(bytes);
                    } else if (!isUnreadable) {
                        isUnreadable = true;
                        LOG.error("{} stays as it was read last: {}", what, failure.getMessage());
                    }
                }));
    }

    private void looked(List<Buffer> bytes) {
        boolean isWritten = bytes.equals(seen);
        seen = bytes;
        if (!isWritten || bytes.equals(known) || bytes.equals(refused)) {
            return;
        }
        try {
            take(bytes);
            refused = List.of();
            LOG.info("{} was read again from {}", what, paths);
        } catch (StrandlineException.Invalid e) {
            refused = bytes;
            LOG.error("{} stays as it was read last, {} is refused: {}", what, paths, e.getMessage());
        }
    }

    void end() {
        vertx.cancelTimer(timer);
    }
}
