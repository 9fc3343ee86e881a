package io.strandline.log;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.log.spi.Disk;
import io.strandline.spi.Engine;
import io.strandline.spi.LogPort;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Opens the log in a data directory: {@code file:DIRECTORY}. */
public final class FileEngine implements Engine {

    private static final String SCHEME = "file";

    private final UnaryOperator<Disk> around;

    /** For {@link java.util.ServiceLoader}. */
    public FileEngine() {
        this(UnaryOperator.identity());
    }

    /** @param around what stands between the log and its directory; for tests that slow the disk down or let it fail */
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
        // A context of no verticle: the log lives until it is closed, also when the verticle that opened it is
        // undeployed.
        ContextInternal own = ((VertxInternal) vertx).createEventLoopContext();
        Promise<LogPort> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        own.runOnContext(nothing -> own.executeBlocking(() -> DataDirectory.open(path))
                .compose(directory -> open(own, directory, logOptions))
                .onComplete(promise));
        return promise.future();
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

    private Future<LogPort> open(ContextInternal own, DataDirectory directory, LogOptions options) {
        return own.executeBlocking(directory::shards)
                .compose(stored -> {
                    int shards = stored == null ? shardsOf(options) : stored;
                    return deploy(own.owner(), shards)
                            .compose(deployed -> open(own, directory, options, deployed, stored != null));
                })
                .recover(cause -> own.executeBlocking(() -> {
                            directory.close();
                            return null;
                        })
                        .transform(closed -> Future.failedFuture(cause)));
    }

    private static int shardsOf(LogOptions options) {
        return options.getShards() > 0
                ? options.getShards()
                : Math.min(LogOptions.MAX_DEFAULT_SHARDS, Runtime.getRuntime().availableProcessors());
    }

    private record Deployed(List<ShardVerticle> verticles, List<String> ids) {}

    private static Future<Deployed> deploy(Vertx vertx, int shards) {
        List<ShardVerticle> verticles = new ArrayList<>();
        List<Future<String>> ids = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            ShardVerticle verticle = new ShardVerticle();
            verticles.add(verticle);
            ids.add(vertx.deployVerticle(
                    verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.EVENT_LOOP)));
        }
        return Future.all(ids).map(all -> new Deployed(verticles, all.list()));
    }

    private Future<LogPort> open(
            ContextInternal own, DataDirectory directory, LogOptions options, Deployed deployed, boolean mustExist) {
        Disk disk = around.apply(FileDisk.at(directory.path()));
        VertxSurroundings surroundings = new VertxSurroundings(own.owner(), disk, deployed.verticles());
        return EmbeddedLog.open(
                        surroundings.surroundings(),
                        options,
                        deployed.verticles().size(),
                        mustExist)
                .compose(log -> described(own, directory, log, mustExist))
                .map(log -> (LogPort) log.onClose(() -> release(own, surroundings, deployed.ids())
                        .compose(released -> own.executeBlocking(() -> {
                            directory.close();
                            return null;
                        }))))
                .recover(cause ->
                        release(own, surroundings, deployed.ids()).transform(released -> Future.failedFuture(cause)));
    }

    /** Records that the log was created, if it was; closes it if that fails. */
    private static Future<EmbeddedLog> described(
            ContextInternal own, DataDirectory directory, EmbeddedLog log, boolean existed) {
        if (existed) {
            return Future.succeededFuture(log);
        }
        return own.executeBlocking(() -> {
                    directory.describe(log.shards());
                    return log;
                })
                .recover(cause -> log.close().transform(closed -> Future.failedFuture(cause)));
    }

    /** Completes when no thread of the log touches its directory any more; only then its lock may be let go. */
    private static Future<Void> release(ContextInternal own, VertxSurroundings surroundings, List<String> ids) {
        return own.<Void>executeBlocking(
                        () -> {
                            surroundings.close();
                            return null;
                        },
                        false)
                .compose(ended -> {
                    List<Future<Void>> undeployed = new ArrayList<>();
                    ids.forEach(id -> undeployed.add(own.owner().undeploy(id)));
                    return Future.join(undeployed).mapEmpty();
                });
    }
}
