package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineOptions;
import java.util.concurrent.atomic.AtomicLong;

/** Bytes that the state of all tasks of a run takes, and may take. For any thread. */
public final class StateBudget {

    private final long max;
    private final String option;
    private final AtomicLong used = new AtomicLong();

    /** @param max in bytes */
    public StateBudget(long max) {
        this(max, "maxStateBytes");
    }

    private StateBudget(long max, String option) {
        this.max = max;
        this.option = option;
    }

    /** The budget that the options give to an audit. */
    public static StateBudget ofAudit(PipelineOptions options) {
        long max = options.getMaxAuditStateBytes();
        return new StateBudget(max == 0 ? Runtime.getRuntime().maxMemory() / 8 : max, "maxAuditStateBytes");
    }

    /** The budget that the options of a run give. */
    public static StateBudget of(PipelineOptions options) {
        long max = options.getMaxStateBytes();
        return new StateBudget(max == 0 ? Runtime.getRuntime().maxMemory() / 2 : max);
    }

    /** A budget that nothing exceeds. */
    public static StateBudget unlimited() {
        return new StateBudget(Long.MAX_VALUE);
    }

    /** So many bytes are used more, or less. Refuses nothing, because what is there cannot be undone. */
    public void add(long bytes) {
        used.addAndGet(bytes);
    }

    /**
     * Checks that there may be more.
     *
     * @param operator which needs it
     * @throws StrandlineException.Overloaded if the budget is used up
     */
    void require(String operator) {
        long now = used.get();
        if (now > max) {
            throw new StrandlineException.Overloaded("operator " + operator + " needs room for more state: the run has "
                    + now + " bytes of state, " + option + " is " + max);
        }
    }

    /** Whether there is no room for more. */
    public boolean isUsedUp() {
        return used.get() > max;
    }
}
