package io.strandline.benchmarks.nexmark;

import io.strandline.benchmarks.CpuTime;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.SharedProgress;
import io.strandline.benchmarks.Side;
import io.strandline.benchmarks.Window;
import io.strandline.benchmarks.log.MeasuredLog;
import io.strandline.benchmarks.pipeline.PipelineLoad;
import java.util.List;

/** A query from a log into a log, exactly once. */
public abstract class StrandlineNexmark implements Side {

    private final NexmarkQuery query;

    private StrandlineNexmark(NexmarkQuery query) {
        this.query = query;
    }

    /** {@link NexmarkQuery#CURRENCY}. */
    public static final class Currency extends StrandlineNexmark {
        public Currency() {
            super(NexmarkQuery.CURRENCY);
        }
    }

    /** {@link NexmarkQuery#SELECTION}. */
    public static final class Selection extends StrandlineNexmark {
        public Selection() {
            super(NexmarkQuery.SELECTION);
        }
    }

    /** {@link NexmarkQuery#HOT_ITEMS}. */
    public static final class HotItems extends StrandlineNexmark {
        public HotItems() {
            super(NexmarkQuery.HOT_ITEMS);
        }
    }

    /** {@link NexmarkQuery#NEW_USERS}. */
    public static final class NewUsers extends StrandlineNexmark {
        public NewUsers() {
            super(NexmarkQuery.NEW_USERS);
        }
    }

    @Override
    public final List<Measurement> run(Job job) throws Exception {
        SharedProgress load = PipelineLoad.start(
                job, (name, sink, counter) -> query.pipeline(name, MeasuredLog.STREAM, sink, counter));
        return List.of(Window.measure(job, load, CpuTime.ofThisProcess()));
    }
}
