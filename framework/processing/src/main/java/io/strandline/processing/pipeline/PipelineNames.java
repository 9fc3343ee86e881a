package io.strandline.processing.pipeline;

import io.strandline.KeyRange;
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
     * The part of a pipeline that takes the events of some keys, under a name of its own.
     *
     * @param part tells it from the others
     * @throws StrandlineException.Invalid if it has shuffles, which bring events to other keys
     */
    public static Pipeline part(Pipeline pipeline, String part, KeyRange keys) {
        if (isStaged(pipeline)) {
            throw new StrandlineException.Invalid(
                    pipeline + " has " + pipeline.stages().size()
                            + " stages, and only a pipeline of one stage runs in several parts: set parts to 1");
        }
        String name = pipeline.name() + PART_MARK + part;
        return new Pipeline(
                name, pipeline.version(), new Topology(name, pipeline.topology().operators(), keys));
    }

    private static boolean isStaged(Pipeline pipeline) {
        return pipeline.stages().size() > 1;
    }
}
