package io.strandline.log;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.log.impl.file.DataDirectory;
import io.strandline.log.spi.Disk;
import io.strandline.spi.Engine;
import io.strandline.spi.LogPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** Opens the log in a data directory: {@code file:DIRECTORY}. */
public final class FileEngine implements Engine {

    private static final String SCHEME = "file";

    private final UnaryOperator<Disk> around;

    /** For {@link java.util.ServiceLoader}. */
    public FileEngine() {
        this(UnaryOperator.identity());
    }

    /**
     * @param around wraps the disk between the log and its directory. For tests that slow the disk down or let it fail
     */
    FileEngine(UnaryOperator<Disk> around) {
        this.around = around;
    }

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        return openPort(vertx, address, options).map(port -> LogPort.strandline(vertx, port));
    }

    /** As {@link #open}, without the writers and readers over it. */
    Future<LogPort> openPort(Vertx vertx, String address, StrandlineOptions options) {
        LogOptions logOptions;
        Path path;
        try {
            logOptions = new LogOptions(options);
            logOptions.validate();
            path = path(address);
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
        return HomeOpening.open(vertx, address, () -> DataDirectory.open(path), around, logOptions);
    }

    private static Path path(String address) {
        if (address.length() == SCHEME.length() + 1) {
            throw new StrandlineException.Invalid("address \"" + address + "\" names no directory");
        }
        try {
            return Path.of(address.substring(SCHEME.length() + 1)).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new StrandlineException.Invalid("address \"" + address + "\" names no directory", e);
        }
    }
}
