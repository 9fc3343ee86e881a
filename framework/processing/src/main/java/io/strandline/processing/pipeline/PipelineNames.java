package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;

/**
 * The names under which versions and parts of a pipeline keep what they have, and the pipelines under these names. For what runs
 * pipelines: an application knows the pipeline's own name alone.
 */
public final class PipelineNames {

    /** Between the name of a pipeline and that of a part of it. No pipeline or stage has it. */
    public static final String PART_MARK = StageCut.SEPARATOR + ".p";

    private PipelineNames() {}

    /** Name under which a version keeps what it has that began beside another one. No pipeline or stage has it. */
    public static String nameBeside(String pipeline, int version) {
        return prefixBeside(pipeline) + version;
    }

    /** What the names of all versions of a pipeline begin with that began beside another one. */
    public static String prefixBeside(String pipeline) {
        return pipeline + StageCut.BESIDE;
    }

    /** What the names of the stages of a pipeline begin with, but for that of its first source. */
    public static String prefixOfStages(String pipeline) {
        return pipeline + StageCut.SEPARATOR;
    }

    /** How messages name a version: as the application has named it. The name may be that of a stage, or of a version beside another. */
    public static String titleOf(String name, int version) {
        return StageCut.titleOf(name, version);
    }

    /** The pipeline's own name, if it has the one that its version has beside another. */
    public static String nameOf(Pipeline pipeline) {
        int end = pipeline.name().indexOf(StageCut.SEPARATOR);
        return end < 0 ? pipeline.name() : pipeline.name().substring(0, end);
    }

    /**
     * The same pipeline under another name.
     *
     * @throws StrandlineException.Invalid if it has shuffles, whose internal streams have its name
     */
    public static Pipeline named(Pipeline pipeline, String name) {
        if (isStaged(pipeline)) {
            throw new StrandlineException.Invalid(
                    pipeline + " has " + pipeline.stages().size()
                            + " stages, and only a pipeline of one stage runs beside another version, or goes on from one"
                            + " that has run so: give it another name");
        }
        return new Pipeline(
                name, pipeline.version(), new Topology(name, pipeline.topology().operators()));
    }

    /**
     * A part of a pipeline, under a name of its own. Its stages share the internal streams with those of the other parts.
     *
     * @throws StrandlineException.Invalid if the pipeline loads a table first whose values change their key on their way: they come
     *     from all parts then, and none of them knows when they are there
     */
    public static Pipeline part(Pipeline pipeline, Topology.Part part) {
        for (Topology.Load load : pipeline.topology().loads()) {
            if (!pipeline.topology().isLoadedWithinParts(load)) {
                throw new StrandlineException.Invalid(pipeline + " loads table " + load.table()
                        + " before it takes other events, from values that go to other keys than they came with, and parts is "
                        + part.count() + ": set parts to 1, or take the table asItComes()");
            }
        }
        Topology topology = new Topology(pipeline.name(), pipeline.topology().operators(), part);
        return new Pipeline(topology.name(), pipeline.version(), topology);
    }

    private static boolean isStaged(Pipeline pipeline) {
        return pipeline.stages().size() > 1;
    }
}
