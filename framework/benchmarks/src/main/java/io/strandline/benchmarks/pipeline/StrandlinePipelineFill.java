package io.strandline.benchmarks.pipeline;

import io.strandline.EventCodec;
import io.strandline.benchmarks.Job;
import io.strandline.benchmarks.Measurement;
import io.strandline.benchmarks.Side;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongFunction;

/** Writes the events that a pipeline reads: {@link TimedEvents}, with keys that each kind of it chooses. */
public abstract class StrandlinePipelineFill implements Side {

    /** Chooses the key of event number {@code n}. Called for one event after the other. */
    private final LongFunction<String> keys;

    private StrandlinePipelineFill(LongFunction<String> keys) {
        this.keys = keys;
    }

    private StrandlinePipelineFill(PipelineWork work) {
        TimedEvents chosen = new TimedEvents(work.keys());
        this.keys = n -> chosen.nextKey();
    }

    /** Events for {@link PipelineWork#SUM}. */
    public static final class Sum extends StrandlinePipelineFill {
        public Sum() {
            super(PipelineWork.SUM);
        }
    }

    /** Events for {@link PipelineWork#WINDOWS}. */
    public static final class Windows extends StrandlinePipelineFill {
        public Windows() {
            super(PipelineWork.WINDOWS);
        }
    }

    /** Events for {@link PipelineWork#MILLION_KEYS}. */
    public static final class MillionKeys extends StrandlinePipelineFill {
        public MillionKeys() {
            super(PipelineWork.MILLION_KEYS);
        }
    }

    /** Each key once, as many as events. */
    public static final class EachKeyOnce extends StrandlinePipelineFill {
        public EachKeyOnce() {
            super(PipelineWork::key);
        }
    }

    /** Each of {@link PipelineWork#MILLION_KEYS} once, and then uniform ones of the twentieth of them that go on changing. */
    public static final class ChangingKeys extends StrandlinePipelineFill {
        public ChangingKeys() {
            super(new LongFunction<>() {
                private final SplittableRandom random = new SplittableRandom(42);

                @Override
                public String apply(long n) {
                    int keys = PipelineWork.MILLION_KEYS.keys();
                    return PipelineWork.key(n < keys ? n : random.nextInt(keys / PipelineWork.CHANGING_PART));
                }
            });
        }
    }

    @Override
    public final List<Measurement> run(Job job) throws Exception {
        TimedEvents events = new TimedEvents(0);
        SourceFill.run(job, EventCodec.raw(), keys, n -> Buffer.buffer(events.event(n)));
        return List.of();
    }
}
