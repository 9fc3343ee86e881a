package io.strandline.log;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.spi.Engine;
import io.strandline.spi.LogPort;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens the log in a data directory: {@code file:DIRECTORY}. */
public final class FileEngine implements Engine {

    private static final String SCHEME = "file";

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options) {
        LogOptions logOptions = new LogOptions(options);
        Path path;
        try {
            logOptions.validate();
            path = path(address);
        } catch (StrandlineException e) {
            return Future.failedFuture(e);
        }
        return vertx.executeBlocking(() -> DataDirectory.open(path))
                .compose(directory -> open(vertx, directory, logOptions))
                .map(port -> LogPort.strandline(vertx, port));
    }

    private static Path path(String address) {
        try {
            return Path.of(address.substring(SCHEME.length() + 1)).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new StrandlineException.Invalid("address \"" + address + "\" names no directory", e);
        }
    }

    private static Future<LogPort> open(Vertx vertx, DataDirectory directory, LogOptions options) {
        return vertx.executeBlocking(directory::shards)
                .compose(stored -> {
                    int shards = stored == null ? shardsOf(options) : stored;
                    return deploy(vertx, shards)
                            .compose(deployed -> open(vertx, directory, options, deployed, stored != null));
                })
                .recover(cause -> vertx.executeBlocking(() -> {
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

    private static Future<LogPort> open(
            Vertx vertx, DataDirectory directory, LogOptions options, Deployed deployed, boolean mustExist) {
        VertxSurroundings around = new VertxSurroundings(vertx, directory.path(), deployed.verticles());
        return EmbeddedLog.open(
                        around.surroundings(), options, deployed.verticles().size(), mustExist)
                .compose(log -> vertx.executeBlocking(() -> {
                            if (!mustExist) {
                                directory.describe(log.shards());
                            }
                            return log.onClose(() -> release(vertx, around, deployed.ids())
                                    .eventually(() -> vertx.executeBlocking(() -> {
                                        directory.close();
                                        return null;
                                    })));
                        })
                        .map(opened -> (LogPort) opened))
                .recover(cause ->
                        release(vertx, around, deployed.ids()).transform(released -> Future.failedFuture(cause)));
    }

    private static Future<Void> release(Vertx vertx, VertxSurroundings around, List<String> ids) {
        around.close();
        List<Future<Void>> undeployed = new ArrayList<>();
        ids.forEach(id -> undeployed.add(vertx.undeploy(id)));
        return Future.join(undeployed).mapEmpty();
    }
}
