package io.strandline;

import io.vertx.core.json.JsonObject;

/** How a stream is created. */
public class StreamOptions {

    /** Most partitions of a stream. */
    public static final int MAX_PARTITIONS = 10_000;

    public static final int DEFAULT_PARTITIONS = 1;

    private int partitions = DEFAULT_PARTITIONS;
    private ScalingPolicy scaling = ScalingPolicy.fixed();
    private Retention retention = Retention.everything();
    private boolean exclusive;
    private IfExists ifExists = IfExists.COMPARE;
    private boolean createScope;

    public StreamOptions() {}

    public StreamOptions(StreamOptions other) {
        this.partitions = other.partitions;
        this.scaling = other.scaling;
        this.retention = other.retention;
        this.exclusive = other.exclusive;
        this.ifExists = other.ifExists;
        this.createScope = other.createScope;
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value is of another type, or out of its bounds
     */
    public StreamOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("stream options", json);
        this.partitions = in.integer("partitions", DEFAULT_PARTITIONS);
        this.scaling = ScalingPolicy.fromJson(in.object("scaling"));
        this.retention = Retention.fromJson(in.object("retention"));
        this.exclusive = in.flag("exclusive", false);
        this.ifExists = in.constant("ifExists", IfExists.COMPARE);
        this.createScope = in.flag("createScope", false);
        in.end();
    }

    /** Number of partitions to begin with, {@value #DEFAULT_PARTITIONS} by default. */
    public int getPartitions() {
        return partitions;
    }

    /**
     * Sets the number of partitions.
     *
     * @param partitions 1 to {@value #MAX_PARTITIONS}
     */
    public StreamOptions setPartitions(int partitions) {
        this.partitions = partitions;
        return this;
    }

    /** How the stream scales by itself. {@link ScalingPolicy#fixed()} by default. */
    public ScalingPolicy getScaling() {
        return scaling;
    }

    public StreamOptions setScaling(ScalingPolicy scaling) {
        this.scaling = Limits.requireGiven("scaling", scaling);
        return this;
    }

    /** What is kept. {@link Retention#everything()} by default. */
    public Retention getRetention() {
        return retention;
    }

    public StreamOptions setRetention(Retention retention) {
        this.retention = Limits.requireGiven("retention", retention);
        return this;
    }

    /** True if each partition takes events of one writer alone. False by default. */
    public boolean isExclusive() {
        return exclusive;
    }

    /**
     * Makes the stream exclusive, permanently. A partition takes no event before a writer has claimed it ({@link
     * WriterOptions#setClaim}), and then only events of that writer, until another one claims it. So the holder of the
     * claim knows that nothing is appended between two of its own events. Transactions cannot write to the stream.
     */
    public StreamOptions setExclusive(boolean exclusive) {
        this.exclusive = exclusive;
        return this;
    }

    /** What happens if the stream exists with other options. {@link IfExists#COMPARE} by default. Not stored. */
    public IfExists getIfExists() {
        return ifExists;
    }

    /** Says what happens if the stream exists with other options, as it does when an application starts again. */
    public StreamOptions setIfExists(IfExists ifExists) {
        this.ifExists = ifExists;
        return this;
    }

    /** True if the scope of the stream is created too if it is missing. False by default. Not stored. */
    public boolean isCreateScope() {
        return createScope;
    }

    /**
     * Creates the scope of the stream too if it is missing. Otherwise creating a stream in a scope that does not exist fails
     * with {@link StrandlineException.NotFound}, so that a misspelt scope is noticed.
     */
    public StreamOptions setCreateScope(boolean createScope) {
        this.createScope = createScope;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("partitions", partitions, 1, MAX_PARTITIONS);
        Limits.requireConstant("ifExists", ifExists, IfExists.class);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("partitions", partitions)
                .put("scaling", scaling.toJson())
                .put("retention", retention.toJson())
                .put("exclusive", exclusive)
                .put("ifExists", OptionsJson.nameOf(ifExists))
                .put("createScope", createScope);
    }
}
