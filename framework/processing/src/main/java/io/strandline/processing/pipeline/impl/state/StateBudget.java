package io.strandline.processing.pipeline.impl.state;

import io.strandline.StrandlineException;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.spi.StateTables;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where the state of all tasks of a run is, the bytes that it takes, and may take. For any thread.
 *
 * <p>A state that has changed since a checkpoint is an object, which takes several times the bytes of its record. So changes can crowd a
 * run whose state fits. Then the tasks wait for the next checkpoint instead of failing.
 */
public final class StateBudget {

    /** Where states are unless the options say otherwise. */
    public static final StateTables HEAP = operator -> new RecordTable();

    private final long max;
    private final String option;
    private final boolean givenBack;
    private final StateTables tables;
    private volatile boolean hasFailed;
    private final AtomicLong used = new AtomicLong();
    /** Estimate of the bytes that a checkpoint frees, at least. */
    private final AtomicLong changes = new AtomicLong();

    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    /** @param max in bytes */
    public StateBudget(long max) {
        this(max, HEAP);
    }

    /** @param max in bytes */
    public StateBudget(long max, StateTables tables) {
        this(max, "maxStateBytes", true, tables);
    }

    private StateBudget(long max, String option, boolean givenBack, StateTables tables) {
        this.max = max;
        this.option = option;
        this.givenBack = givenBack;
        this.tables = tables;
    }

    private static StateTables tables(PipelineOptions options) {
        StateTables tables = options.getStateTables();
        return tables == null ? HEAP : tables;
    }

    /** The budget that the options give to an audit. */
    public static StateBudget ofAudit(PipelineOptions options) {
        long max = options.getMaxAuditStateBytes();
        return new StateBudget(
                max == 0 ? Runtime.getRuntime().maxMemory() / 8 : max, "maxAuditStateBytes", false, tables(options));
    }

    /** The budget that the options of a run give. */
    public static StateBudget of(PipelineOptions options) {
        long max = options.getMaxStateBytes();
        return new StateBudget(max == 0 ? Runtime.getRuntime().maxMemory() / 2 : max, tables(options));
    }

    /** A budget that nothing exceeds. */
    public static StateBudget unlimited() {
        return new StateBudget(Long.MAX_VALUE);
    }

    /** Opens the tables of the states. */
    StateTables tables() {
        return tables;
    }

    /** A table of the run could not be read. */
    void tableFailed() {
        hasFailed = true;
    }

    /** Whether a table of the run could not be read since it began: what fails then is no fault of an event. */
    public boolean hasFailed() {
        return hasFailed;
    }

    /** So many bytes are used more, or less. Refuses nothing, because what is there cannot be undone. */
    public void add(long bytes) {
        used.addAndGet(bytes);
        tellOfRoom(bytes);
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

    /** Whether checkpoints give the room back of what is removed. */
    boolean isGivenBack() {
        return givenBack;
    }

    /** So many of the bytes that are used are those of changes, more or less. */
    void addChanges(long bytes) {
        changes.addAndGet(bytes);
        tellOfRoom(bytes);
    }

    private void tellOfRoom(long bytes) {
        if (bytes < 0 && !waiting.isEmpty() && !isCrowded()) {
            for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
                next.run();
            }
        }
    }

    /** Whether three quarters of it are used: no time to keep more than is needed. */
    boolean isShort() {
        return used.get() > max - max / 4;
    }

    /** Whether it is short, and a checkpoint frees a good part of it. */
    public boolean isCrowded() {
        return isShort() && changes.get() > max / 8;
    }

    /** Bytes that are used, and bytes of changes, for tests. */
    long[] counted() {
        return new long[] {used.get(), changes.get()};
    }

    /**
     * Runs something as soon as the budget is not crowded, on any thread. That may be at once.
     *
     * @param then must not throw
     */
    public void whenRoom(Runnable then) {
        waiting.add(then);
        if (!isCrowded() && waiting.remove(then)) {
            then.run();
        }
    }

    /** Whether there is no room for more. */
    public boolean isUsedUp() {
        return used.get() > max;
    }
}
