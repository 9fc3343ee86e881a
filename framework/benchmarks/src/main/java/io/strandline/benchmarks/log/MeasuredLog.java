package io.strandline.benchmarks.log;

import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.benchmarks.Job;
import io.strandline.log.LogOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;

/** The log under measurement: on files in the directory of the job, with one stream of raw events. */
public final class MeasuredLog {

    /** How the side is called in a table. */
    public static final String NAME = "strandline";

    public static final String STREAM = "benchmark/events";
    private static final String SCOPE = "benchmark";

    private MeasuredLog() {}

    /** Opens the log, whether it exists or not. */
    public static Future<Strandline> open(Vertx vertx, Job job, LogOptions options) {
        return Strandline.open(vertx, "file:" + job.directory(), options);
    }

    /** Opens the log and creates its stream if it is not there yet. */
    public static Future<Strandline> openWithStream(Vertx vertx, Job job, LogOptions options) {
        return openWithStream(vertx, job, options, Retention.everything());
    }

    /** As {@link #openWithStream(Vertx, Job, LogOptions)}, with a stream that keeps no more than the rule says. */
    static Future<Strandline> openWithStream(Vertx vertx, Job job, LogOptions options, Retention retention) {
        return withStream(open(vertx, job, options), job, retention);
    }

    /** Opens the log of a server, and creates its stream if it is not there yet. */
    static Future<Strandline> openWithStream(Vertx vertx, Job job, String address) {
        return withStream(Strandline.open(vertx, address), job, Retention.everything());
    }

    private static Future<Strandline> withStream(Future<Strandline> opened, Job job, Retention retention) {
        StreamOptions stream =
                new StreamOptions().setPartitions(job.partitions()).setRetention(retention);
        return opened.compose(log -> log.catalog()
                .createScope(SCOPE)
                .compose(created -> log.catalog().createStream(STREAM, stream))
                .map(log));
    }

    /** Bytes that a load at full speed keeps in flight. The default is for writers that share their event loop. */
    public static final int BULK_QUEUE_BYTES = 16 << 20;

    /** Creates an anonymous writer for a load at full speed on the current context. */
    public static Future<EventWriter<Buffer>> writer(Strandline log) {
        return log.createWriter(STREAM, EventCodec.raw(), new WriterOptions().setWriteQueueBytes(BULK_QUEUE_BYTES));
    }
}
