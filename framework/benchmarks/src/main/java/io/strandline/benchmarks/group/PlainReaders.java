package io.strandline.benchmarks.group;

import io.strandline.EventCodec;
import io.strandline.PartitionDescription;
import io.strandline.ReaderOptions;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Four readers without a group, each on its own event loop with a quarter of the partitions, from start to end. */
public final class PlainReaders implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        List<Long> partitions = Awaited.await(log.catalog().describe(MeasuredLog.STREAM)).partitions().stream()
                .map(PartitionDescription::id)
                .toList();
        List<Context> contexts = new ArrayList<>();
        for (int reader = 0; reader < Counters.READERS; reader++) {
            contexts.add(((VertxInternal) vertx).createEventLoopContext());
        }
        Counters counters = new Counters();
        int share = partitions.size() / Counters.READERS;
        return List.of(counters.measure(job, () -> {
            for (int reader = 0; reader < Counters.READERS; reader++) {
                Set<Long> own = new TreeSet<>(partitions.subList(reader * share, (reader + 1) * share));
                int number = reader;
                contexts.get(reader).runOnContext(turn -> read(log, own, counters, number));
            }
        }));
    }

    private static void read(Strandline log, Set<Long> partitions, Counters counters, int number) {
        log.read(MeasuredLog.STREAM, EventCodec.raw(), new ReaderOptions().setPartitions(partitions))
                .onSuccess(reader -> reader.exceptionHandler(counters::fail)
                        .handler(event -> counters.handle(number, event.event())))
                .onFailure(counters::fail);
    }
}
