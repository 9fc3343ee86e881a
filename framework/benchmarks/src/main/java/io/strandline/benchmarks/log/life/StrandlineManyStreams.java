package io.strandline.benchmarks.log.life;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.BufferSource;
import io.strandline.benchmarks.log.Fill;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** Writes some events to each of many streams, and the rest of the job's to one, and closes the log. */
public final class StrandlineManyStreams implements Side {

    static final int STREAMS = 1_000;
    static final int EVENTS_OF_A_STREAM = 1_000;

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Fill.intoChunks(vertx, job, job.events() - (long) STREAMS * EVENTS_OF_A_STREAM);
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        for (int i = 0; i < STREAMS; i++) {
            String stream = "benchmark/stream-" + i;
            Awaited.await(log.catalog().createStream(stream, new StreamOptions().setPartitions(1)));
            Awaited.await(vertx.deployVerticle(new Writing(log, stream)).compose(vertx::undeploy));
        }
        Awaited.await(log.close());
        return List.of();
    }

    /** Starts when all events of a stream are durable. */
    private static final class Writing extends VerticleBase {

        private final Strandline log;
        private final String stream;
        private final BufferSource source = new BufferSource();

        Writing(Strandline log, String stream) {
            this.log = log;
            this.stream = stream;
        }

        @Override
        public Future<?> start() {
            return log.createWriter(stream, EventCodec.raw(), new WriterOptions())
                    .compose(writer -> {
                        List<Future<?>> appends = new ArrayList<>();
                        for (int i = 0; i < EVENTS_OF_A_STREAM; i++) {
                            appends.add(writer.append(source.nextKey(), source.payload(i)));
                        }
                        return Future.all(appends).compose(all -> writer.end());
                    });
        }
    }
}
