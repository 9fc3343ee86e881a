package io.strandline.benchmarks.log;

import io.strandline.benchmarks.BareFile;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Turns;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One transaction at a time, in turn with bare durable writes; measures the transactions and then the bare writes. */
public final class StrandlineTransactions implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        TransactionLoad transactions = new TransactionLoad(job);
        MeasuredLog.await(Vertx.vertx().deployVerticle(transactions));
        Path bareDirectory = Files.createDirectory(
                job.directory().resolveSibling(job.directory().getFileName() + "-bare"));
        try (BareFile bare = BareFile.create(bareDirectory.resolve("bare"))) {
            return Turns.measure(
                    job,
                    List.of((time, latencies) -> MeasuredLog.await(transactions.run(time, latencies)), bare::writeFor));
        }
    }
}
