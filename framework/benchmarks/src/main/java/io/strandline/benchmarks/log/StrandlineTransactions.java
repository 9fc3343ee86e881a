package io.strandline.benchmarks.log;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;

/** One transaction at a time, in turn with bare durable writes. Measures the transactions and then the bare writes. */
public final class StrandlineTransactions implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        TransactionLoad transactions = new TransactionLoad(job);
        return BesideBareWrites.measure(job, transactions, transactions::run);
    }
}
