package io.strandline.guide;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.pipeline.RunningPipeline;
import io.strandline.server.RestOptions;
import io.strandline.server.RestServer;
import io.strandline.server.ServedLog;
import io.strandline.sync.StateSynchronizer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** The guide's examples of a log over HTTP. */
final class Web {

    private Web() {}

    // GUIDE: begin rest-serve
    static Future<RestServer> serve(Vertx vertx, ServedLog served) {
        return RestServer.listen(vertx, served, new RestOptions()); // http://127.0.0.1:7476
    }
    // GUIDE: end rest-serve

    // GUIDE: begin rest-expose
    static <S> ServedLog exposed(
            Strandline log,
            ReaderGroup group,
            RunningPipeline totals,
            StateSynchronizer<S, ?> offer,
            EventCodec<S> codec) {
        ServedLog served = ServedLog.of("shop", log);
        served.exposed().group(group).pipeline("totals", totals).state(offer, codec);
        return served;
    }
    // GUIDE: end rest-expose
}
