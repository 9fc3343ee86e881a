package io.strandline.log;

import io.strandline.StrandlineException;
import io.strandline.log.impl.file.LogHome;
import io.strandline.log.impl.shard.ShardVerticle;
import io.strandline.log.impl.shard.VertxEnvironment;
import io.strandline.log.spi.Disk;
import io.strandline.spi.CloseOnce;
import io.strandline.spi.LogPort;
import io.strandline.spi.backup.LogIdentity;
import io.vertx.core.AsyncResult;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Opens the log of a {@link LogHome} in an application: one verticle and its threads for each shard.
 *
 * <p>From the first moment on the log closes with Vert.x: if that closes while the log is being opened, it is closed as soon
 * as it is open, and the opening fails Unavailable.
 */
final class HomeOpening {

    /** A context of no verticle: the log lives until it is closed, also when the verticle that opened it is undeployed. */
    private final ContextInternal own;

    private final String address;
    private final UnaryOperator<Disk> around;
    private final LogOptions options;
    private final Promise<EmbeddedLog> opened = Promise.promise();
    /** What the caller gets, on its context. */
    private final Promise<LogPort> answer;

    private final CloseOnce end;
    /** The home is let go once: after that somebody else may hold it. */
    private final AtomicBoolean letGo = new AtomicBoolean();

    /** @throws StrandlineException.Unavailable if Vert.x is closing */
    private HomeOpening(Vertx vertx, String address, UnaryOperator<Disk> around, LogOptions options) {
        this.own = ((VertxInternal) vertx).createEventLoopContext();
        this.address = address;
        this.around = around;
        this.options = options;
        this.answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
        this.end = CloseOnce.with(vertx, CloseOnce.Stage.ENGINES, "log " + address, this::closeOpened);
    }

    /**
     * Opens the log of a home. The home is closed when the log is closed, or when it could not be opened. The future
     * completes on the caller's context.
     *
     * @param address address of the log, for messages
     * @param home locks the home, and may block
     * @param around wraps the disk of the log
     */
    static Future<LogPort> open(
            Vertx vertx,
            String address,
            Callable<? extends LogHome> home,
            UnaryOperator<Disk> around,
            LogOptions options) {
        HomeOpening opening;
        try {
            opening = new HomeOpening(vertx, address, around, options);
        } catch (StrandlineException.Unavailable vertxCloses) {
            return Future.failedFuture(vertxCloses);
        }
        opening.begin(home);
        return opening.answer.future();
    }

    private void begin(Callable<? extends LogHome> home) {
        own.runOnContext(nothing -> own.<LogHome>executeBlocking(home::call)
                .compose(this::open)
                .onFailure(failed -> end.forget())
                .onComplete(this::handOut));
    }

    private void handOut(AsyncResult<EmbeddedLog> log) {
        opened.handle(log);
        if (end.isClosing() || end.isVertxClosing()) {
            end.close(); // tells the caller
        } else if (log.succeeded()) {
            answer.tryComplete(log.result());
        } else {
            answer.tryFail(log.cause());
        }
    }

    /** Closes what was or is still being opened: nothing stays open, and who waits for it is told before Vert.x has closed. */
    private Future<Void> closeOpened() {
        return opened.future()
                .transform(log -> log.succeeded() ? log.result().close() : Future.<Void>succeededFuture())
                .onComplete(closed -> answer.tryFail(new StrandlineException.Unavailable(
                        "log " + address + " was not opened: its Vert.x instance is closed")));
    }

    private Future<EmbeddedLog> open(LogHome home) {
        return own.executeBlocking(() -> new Known(Optional.ofNullable(home.shards()), home.identity()))
                .compose(known -> {
                    int shards = known.shards.orElseGet(() -> shardsOf(options));
                    return deploy(shards).compose(deployed -> open(home, deployed, known));
                })
                .onFailure(failed -> letGo(home));
    }

    private void letGo(LogHome home) {
        if (letGo.compareAndSet(false, true)) {
            home.close();
        }
    }

    private static int shardsOf(LogOptions options) {
        return options.getShards() > 0
                ? options.getShards()
                : Math.min(LogOptions.MAX_DEFAULT_SHARDS, Runtime.getRuntime().availableProcessors());
    }

    /** What a home says of its log. Without shards it was not created in full. */
    private record Known(Optional<Integer> shards, LogIdentity identity) {}

    private record Deployed(List<ShardVerticle> verticles, List<String> ids) {}

    private Future<Deployed> deploy(int shards) {
        List<ShardVerticle> verticles = new ArrayList<>();
        List<Future<String>> ids = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            ShardVerticle verticle = new ShardVerticle();
            verticles.add(verticle);
            ids.add(own.owner()
                    .deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.EVENT_LOOP)));
        }
        return Future.all(ids)
                .map(all -> new Deployed(verticles, all.list()))
                .onFailure(refused -> ids.forEach(id -> id.onSuccess(own.owner()::undeploy)));
    }

    private Future<EmbeddedLog> open(LogHome home, Deployed deployed, Known known) {
        boolean mustExist = known.shards.isPresent();
        Disk disk = around.apply(home.disk());
        VertxEnvironment environment = new VertxEnvironment(own.owner(), disk, deployed.verticles());
        LogPlace place = new LogPlace(address, known.identity, true, () -> release(home, environment, deployed.ids())
                .onComplete(released -> end.forget()));
        return EmbeddedLog.open(
                        environment.environment(), options, deployed.verticles().size(), mustExist, place)
                .compose(log -> described(home, log, mustExist));
    }

    /** Records that the log was created, if it was. Closes the log if that fails. */
    private Future<EmbeddedLog> described(LogHome home, EmbeddedLog log, boolean existed) {
        if (existed) {
            return Future.succeededFuture(log);
        }
        return own.executeBlocking(() -> {
                    home.describe(log.shards());
                    return log;
                })
                .recover(cause -> log.close().transform(closed -> Future.failedFuture(cause)));
    }

    /**
     * Lets the home go as soon as no thread of the log can touch it any more, on the last of those threads: by then Vert.x may
     * have ended.
     */
    private Future<Void> release(LogHome home, VertxEnvironment environment, List<String> ids) {
        return environment.close().compose(ended -> {
            letGo(home);
            List<Future<Void>> undeployed = new ArrayList<>();
            ids.forEach(id -> undeployed.add(own.owner().undeploy(id)));
            // Somebody else may have undeployed them before.
            return Future.join(undeployed).otherwiseEmpty().mapEmpty();
        });
    }
}
