package io.strandline.log;

import io.strandline.log.spi.Disk;
import io.strandline.spi.LogPort;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/** Opens the log of a {@link LogHome} in an application: one verticle and its threads for each shard. */
final class HomeOpening {

    private final UnaryOperator<Disk> around;

    private HomeOpening(UnaryOperator<Disk> around) {
        this.around = around;
    }

    /**
     * Opens the log of a home. The home is closed when the log is closed, or when it could not be opened. The future
     * completes on the caller's context.
     *
     * @param home locks the home; may block
     * @param around what stands between the log and its disk
     */
    static Future<LogPort> open(
            Vertx vertx, Callable<? extends LogHome> home, UnaryOperator<Disk> around, LogOptions options) {
        // A context of no verticle: the log lives until it is closed, also when the verticle that opened it is
        // undeployed.
        ContextInternal own = ((VertxInternal) vertx).createEventLoopContext();
        Promise<LogPort> promise = ((ContextInternal) vertx.getOrCreateContext()).promise();
        HomeOpening opening = new HomeOpening(around);
        own.runOnContext(nothing -> own.<LogHome>executeBlocking(home::call)
                .compose(held -> opening.open(own, held, options))
                .onComplete(promise));
        return promise.future();
    }

    private Future<LogPort> open(ContextInternal own, LogHome home, LogOptions options) {
        return own.executeBlocking(home::shards)
                .compose(stored -> {
                    int shards = stored == null ? shardsOf(options) : stored;
                    return deploy(own.owner(), shards)
                            .compose(deployed -> open(own, home, options, deployed, stored != null));
                })
                .recover(cause -> own.executeBlocking(() -> {
                            home.close();
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
            ContextInternal own, LogHome home, LogOptions options, Deployed deployed, boolean mustExist) {
        Disk disk = around.apply(home.disk());
        VertxSurroundings surroundings = new VertxSurroundings(own.owner(), disk, deployed.verticles());
        return EmbeddedLog.open(
                        surroundings.surroundings(),
                        options,
                        deployed.verticles().size(),
                        mustExist)
                .compose(log -> described(own, home, log, mustExist))
                .map(log -> (LogPort) log.onClose(() -> release(own, surroundings, deployed.ids())
                        .compose(released -> own.executeBlocking(() -> {
                            home.close();
                            return null;
                        }))))
                .recover(cause ->
                        release(own, surroundings, deployed.ids()).transform(released -> Future.failedFuture(cause)));
    }

    /** Records that the log was created, if it was; closes it if that fails. */
    private static Future<EmbeddedLog> described(ContextInternal own, LogHome home, EmbeddedLog log, boolean existed) {
        if (existed) {
            return Future.succeededFuture(log);
        }
        return own.executeBlocking(() -> {
                    home.describe(log.shards());
                    return log;
                })
                .recover(cause -> log.close().transform(closed -> Future.failedFuture(cause)));
    }

    /** Completes when no thread of the log touches its home any more; only then its lock may be let go. */
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
