package io.strandline.processing.pipeline;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamOptions;
import io.strandline.json.JsonCodec;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** Sums of deposits, by versions of a pipeline that follow each other. Each has a sink of its own. */
final class Tally {

    static final String DEPOSITS = "tally/deposits";
    static final int ACCOUNTS = 10;

    /** Name of the checkpoint of each version with which the next one begins. */
    static final String NEXT = "next";

    private static final int PARTITIONS = 3;

    private Tally() {}

    record Deposit(String account, long amount) {
        static final JsonCodec<Deposit> CODEC = JsonCodec.of("deposit", 1, Deposit.class);
    }

    /** State of an account after so many deposits. */
    record Sum(String account, long deposits, long total) {
        static final JsonCodec<Sum> CODEC = JsonCodec.of("sum", 1, Sum.class);

        static Sum none(String account) {
            return new Sum(account, 0, 0);
        }

        Sum plus(Deposit deposit) {
            return new Sum(account, deposits + 1, total + deposit.amount());
        }
    }

    static String sink(int version) {
        return "tally/sums-" + version;
    }

    /** @param isStaged whether the sums are kept after a shuffle. All deposits of an account come from one partition nevertheless */
    static Pipeline version(int version, boolean isStaged) {
        Events<Deposit> deposits = Pipeline.named("tally", version).from(DEPOSITS, Deposit.CODEC);
        KeyedEvents<Deposit> keyed = isStaged
                ? deposits.keyBy("by-account", Deposit.CODEC, Deposit::account)
                : deposits.keyBy(Deposit::account);
        return keyed.aggregate("sum", Sum.CODEC, Sum::none, Sum::plus)
                .to(sink(version), Sum.CODEC, Sum::account)
                .build();
    }

    static PipelineOptions options() {
        return new PipelineOptions().setCheckpointIntervalMillis(20).setCheckpointEvents(100);
    }

    static Future<?> create(Strandline log, int versions) {
        List<String> streams = new ArrayList<>(List.of(DEPOSITS));
        for (int version = 1; version <= versions; version++) {
            streams.add(sink(version));
        }
        return log.catalog()
                .createScope("tally")
                .compose(created -> Future.all(streams.stream()
                        .map(stream ->
                                log.catalog().createStream(stream, new StreamOptions().setPartitions(PARTITIONS)))
                        .toList()));
    }

    /**
     * Starts the version that is the pipeline.
     *
     * @param known that was it once
     */
    static Future<RunningPipeline> start(Vertx vertx, Strandline log, int known, boolean isStaged) {
        return version(known, isStaged)
                .deploy(vertx, log, options())
                .recover(cause -> cause instanceof StrandlineException.Conflict
                        ? start(vertx, log, known + 1, isStaged)
                        : Future.failedFuture(cause));
    }
}
