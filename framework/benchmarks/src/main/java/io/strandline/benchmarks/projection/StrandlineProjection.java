package io.strandline.benchmarks.projection;

import io.strandline.EventCodec;
import io.strandline.benchmarks.Awaited;
import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Latencies;
import io.strandline.benchmarks.Load;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.log.LogOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.projection.Projection;
import io.strandline.processing.projection.ProjectionBatch;
import io.strandline.processing.projection.ProjectionOptions;
import io.strandline.projection.sql.SqlStore;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Counts the events of each key by a projection: a batch and its position in one transaction, exactly once. */
public final class StrandlineProjection implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        Vertx vertx = Vertx.vertx();
        MeasuredDatabase database = MeasuredDatabase.connect(vertx, job, job.partitions() + 1);
        Counting counting = new Counting(MeasuredDatabase.onLog(job), database);
        Awaited.await(vertx.deployVerticle(counting));
        Measurement measured = Window.measure(job, counting, CpuTime.ofThisProcess());
        Awaited.await(database.requireExactlyOnce("SELECT coalesce(sum(next_offset), 0)::bigint FROM "
                + SqlStore.DEFAULT_TABLE + " WHERE projection = '" + counting.name() + "'"));
        return List.of(measured);
    }

    /** The verticle of the projection. What it has applied is committed. */
    private static final class Counting extends VerticleBase implements Load {

        private final Job job;
        private final MeasuredDatabase database;
        private final Latencies none = new Latencies();
        private final CompletableFuture<Void> failure = new CompletableFuture<>();
        private @Nullable Projection projection;

        Counting(Job job, MeasuredDatabase database) {
            this.job = job;
            this.database = database;
        }

        String name() {
            return "benchmark/" + database.table();
        }

        @Override
        public Future<?> start() {
            ProjectionOptions options =
                    new ProjectionOptions().setName(name()).setGroup(new GroupOptions().setStreams(MeasuredLog.STREAM));
            return MeasuredLog.open(vertx, job, new LogOptions())
                    .compose(log -> Projection.open(
                            vertx,
                            log,
                            StateSync.create(vertx, LogRevisionStore.open(vertx, log)),
                            EventCodec.raw(),
                            SqlStore.of(database.pool(), this::count),
                            options))
                    .onSuccess(opened -> {
                        projection = opened;
                        opened.ended().onFailure(failure::completeExceptionally);
                    });
        }

        private Future<?> count(SqlConnection connection, ProjectionBatch<Buffer> batch) {
            return connection
                    .preparedQuery(database.counting())
                    .executeBatch(batch.records().stream()
                            .map(event -> Tuple.of(event.key()))
                            .toList());
        }

        @Override
        public long completed() {
            long applied = Objects.requireNonNull(projection).statistics().events();
            if (applied >= job.events()) {
                failure.completeExceptionally(
                        new IllegalStateException("all " + job.events() + " events of the source are applied"));
            }
            return applied;
        }

        @Override
        public Latencies latencies() {
            return none;
        }

        @Override
        public CompletableFuture<Void> failure() {
            return failure;
        }
    }
}
