package io.strandline.testkit.sync;

import static io.strandline.testkit.sync.Awaited.await;

import io.strandline.Strandline;
import io.strandline.log.CrashImage;
import io.strandline.server.Doors;
import io.strandline.sync.log.LogRevisionStore;
import io.strandline.sync.spi.HistoryLimits;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A log of files in a directory of its own. A crash leaves what was written until then, in a copy. */
final class LogPlace implements RevisionStoreFixture {

    private final Vertx vertx;
    private final Path root;
    private final List<Strandline> opened = new ArrayList<>();
    private Path directory;
    private @Nullable Strandline log;

    LogPlace(Vertx vertx) {
        this.vertx = vertx;
        try {
            this.root = Files.createTempDirectory("strandline-rules-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.directory = root.resolve("log");
    }

    @Override
    public Set<StoreTrait> traits() {
        return Set.of(StoreTrait.DURABLE);
    }

    @Override
    public LogRevisionStore create(HistoryLimits limits) {
        Strandline open = log;
        if (open == null) {
            open = await(Doors.open(vertx, "file:" + directory));
            opened.add(open);
            log = open;
        }
        return LogRevisionStore.open(vertx, open, limits);
    }

    @Override
    public LogRevisionStore reopen(HistoryLimits limits) {
        if (log != null) {
            await(log.close());
            log = null;
        }
        return create(limits);
    }

    @Override
    public LogRevisionStore crash(HistoryLimits limits) {
        Path left = root.resolve("crashed-" + opened.size());
        CrashImage.copy(directory, left);
        directory = left;
        log = null;
        return create(limits);
    }

    @Override
    public void close() {
        opened.forEach(each -> await(each.close()));
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
