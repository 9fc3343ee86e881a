package io.strandline.benchmarks.pekko;

import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import java.util.List;
import java.util.Map;

/** Commands of Pekko persistence, durable in LevelDB: the native one, with fsync. */
public final class PekkoLevelDb implements Side {

    @Override
    public List<Measurement> run(Job job) throws Exception {
        return PekkoLoad.measure(
                job,
                Map.of(
                        "pekko.persistence.journal.plugin", "pekko.persistence.journal.leveldb",
                        "pekko.persistence.journal.leveldb.dir", job.directory().toString(),
                        "pekko.persistence.journal.leveldb.native", "on",
                        "pekko.persistence.journal.leveldb.fsync", "on"));
    }
}
