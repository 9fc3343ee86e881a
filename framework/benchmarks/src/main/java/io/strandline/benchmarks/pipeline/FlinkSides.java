package io.strandline.benchmarks.pipeline;

/** The sides of Flink, which stand on the class path with the Maven profile {@code peers} only. */
public final class FlinkSides {

    /** How the side is called in a table. */
    public static final String NAME = "flink";

    /** How it is measured. */
    public static final String SUBJECT =
            "a local mini-cluster, two tasks of each operator, its source generated in the task and"
                    + " its output dropped, states on the heap, a checkpoint each second into a directory, exactly once.";

    /** Query 1 of Nexmark. */
    public static final String CURRENCY = "io.strandline.benchmarks.flink.FlinkCurrency";

    /** Query 5 of Nexmark. */
    public static final String HOT_ITEMS = "io.strandline.benchmarks.flink.FlinkHotItems";

    static final String SUM = "io.strandline.benchmarks.flink.FlinkSum";

    private FlinkSides() {}
}
