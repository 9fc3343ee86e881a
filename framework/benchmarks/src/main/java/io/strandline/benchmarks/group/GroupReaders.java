package io.strandline.benchmarks.group;

import io.strandline.EventCodec;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.processing.group.GroupReaderOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Four readers of a group with default options, with the group's state in the same log. The group is reset to the start
 * for each pass.
 */
public final class GroupReaders implements Side {

    private static final String GROUP = "benchmark/readers";

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        Strandline log = Awaited.await(MeasuredLog.open(vertx, job, new LogOptions()));
        StateSync sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
        // A directory serves several rounds: each begins with a new group, at the end.
        GroupOptions options = new GroupOptions().setStreams(MeasuredLog.STREAM).setFrom(StartPosition.end());
        String name = GROUP + "-" + ProcessHandle.current().pid();
        ReaderGroup group = Awaited.await(ReaderGroup.open(vertx, log, sync, name, options));
        Counters counters = new Counters();
        for (int reader = 0; reader < Counters.READERS; reader++) {
            Awaited.await(join(vertx, group, reader, counters));
        }
        awaitBalance(group, job.partitions() / Counters.READERS);
        return List.of(counters.measure(job, () -> Awaited.await(group.resetToStart())));
    }

    private static Future<GroupReader<Buffer>> join(Vertx vertx, ReaderGroup group, int number, Counters counters) {
        Context own = ((VertxInternal) vertx).createEventLoopContext();
        Promise<GroupReader<Buffer>> joined = Promise.promise();
        own.runOnContext(turn -> group.join("reader-" + number, EventCodec.raw(), new GroupReaderOptions())
                .map(reader -> reader.handler(event -> {
                    counters.handle(number, event.event());
                    return Future.succeededFuture();
                }))
                .onSuccess(reader -> reader.ended().onFailure(counters::fail))
                .onComplete(joined));
        return joined.future();
    }

    static void awaitBalance(ReaderGroup group, int share) throws Exception {
        while (!Awaited.await(group.readers()).values().stream().allMatch(count -> count == share)) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }
}
