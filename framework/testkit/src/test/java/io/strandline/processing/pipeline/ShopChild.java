package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.strandline.log.CrashChild;
import io.vertx.core.Vertx;
import java.util.concurrent.atomic.AtomicInteger;

/** The process that {@link ShopCrashTest} kills: runs the pipeline, and says {@code S .} for each hundred events of its source. */
final class ShopChild {

    private static final int EVENTS_PER_LINE = 100;

    private ShopChild() {}

    /** Argument: directory of the log. */
    public static void main(String[] arguments) {
        CrashChild.dieWithParent();
        Vertx vertx = Vertx.vertx();
        AtomicInteger events = new AtomicInteger();
        Pipeline pipeline = Shop.pipeline(() -> {
            if (events.incrementAndGet() % EVENTS_PER_LINE == 0) {
                CrashChild.say("S");
            }
        });
        Strandline.open(vertx, "file:" + arguments[0], CrashChild.options())
                .compose(log -> pipeline.deploy(vertx, log, Shop.options()))
                .onSuccess(running -> {
                    running.ended().onFailure(cause -> CrashChild.failed("pipeline", cause));
                    running.awaitEnd()
                            .onSuccess(end -> CrashChild.say("E"))
                            .onFailure(cause -> CrashChild.failed("end", cause));
                })
                .onFailure(cause -> CrashChild.failed("start", cause));
    }
}
