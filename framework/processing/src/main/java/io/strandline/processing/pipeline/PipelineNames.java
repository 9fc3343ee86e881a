package io.strandline.processing.pipeline;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

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
        return nameOf(pipeline.name());
    }

    /** The pipeline's own name, of that of a version, a part or a stage. */
    public static String nameOf(String name) {
        int end = name.indexOf(StageCut.SEPARATOR);
        return end < 0 ? name : name.substring(0, end);
    }

    /** The internal stream that a stage reads, if it reads one. */
    public static StreamName shuffleOf(String stage) {
        return Operator.Shuffle.streamOf(stage);
    }

    /**
     * The same pipeline under another name. Its internal streams have that name too.
     *
     * @throws StrandlineException.Invalid if the name and that of a shuffle are too long together
     */
    public static Pipeline named(Pipeline pipeline, String name) {
        return new Pipeline(
                name,
                pipeline.version(),
                new Topology(name, RenamedOperators.of(name, pipeline.topology().operators())));
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

    /**
     * The operators of a pipeline under another name. Its internal streams have that name, so every operator after a shuffle is another
     * object. Their functions, codecs and ids are the same.
     */
    private static final class RenamedOperators {

        private final String name;
        /** What each has become. */
        private final IdentityHashMap<Operator, Operator> renamed = new IdentityHashMap<>();

        private RenamedOperators(String name) {
            this.name = name;
        }

        /**
         * The operators, in the same order.
         *
         * @param operators each after its inputs
         * @throws StrandlineException.Invalid if the name and the id of a shuffle are too long together
         */
        static List<Operator> of(String name, List<Operator> operators) {
            RenamedOperators all = new RenamedOperators(name);
            List<Operator> result = new ArrayList<>();
            for (Operator operator : operators) {
                Operator now = all.rename(operator);
                all.renamed.put(operator, now);
                result.add(now);
            }
            return result;
        }

        private Operator now(Operator input) {
            return Objects.requireNonNull(renamed.get(input), "an operator comes before its input");
        }

        private Operator rename(Operator operator) {
            if (operator instanceof Operator.Shuffle shuffle) {
                return shuffle(shuffle);
            }
            boolean isSame = operator.inputs().stream().allMatch(input -> now(input) == input);
            return isSame
                    ? operator
                    : operator instanceof Operator.WithState keeping ? state(keeping) : other(operator);
        }

        private Operator.Shuffle shuffle(Operator.Shuffle shuffle) {
            Limits.require(
                    "length of the names of pipeline " + name + " and shuffle " + shuffle.id(),
                    name.length() + (long) shuffle.id().length(),
                    2,
                    OperatorGraph.MAX_SHUFFLE_NAME_LENGTH);
            return new Operator.Shuffle(
                    shuffle.id(),
                    Operator.Shuffle.streamOf(StageCut.nameOf(name, shuffle.id())),
                    shuffle.sides().stream()
                            .map(side -> new Operator.Side(now(side.input()), side.codec(), side.key(), side.table()))
                            .toList());
        }

        private Operator state(Operator.WithState operator) {
            if (operator instanceof Operator.Keyed of) {
                return new Operator.Keyed(
                        now(of.input()),
                        of.kind(),
                        of.id(),
                        of.codec(),
                        of.initial(),
                        of.step(),
                        of.timer(),
                        of.timeToLiveMillis());
            }
            if (operator instanceof Operator.Window of) {
                return new Operator.Window(
                        now(of.input()),
                        of.id(),
                        of.codec(),
                        of.windows(),
                        of.latenessMillis(),
                        of.earlyMillis(),
                        of.finalOnly(),
                        of.initial(),
                        of.add(),
                        of.merge(),
                        of.late());
            }
            if (operator instanceof Operator.Join of) {
                return new Operator.Join(
                        now(of.left()),
                        now(of.right()),
                        of.id(),
                        of.codec(),
                        of.kind(),
                        of.beforeMillis(),
                        of.afterMillis(),
                        of.joiner(),
                        of.leftLate(),
                        of.rightLate());
            }
            if (operator instanceof Operator.Deduplicate of) {
                return new Operator.Deduplicate(
                        now(of.input()), of.id(), of.codec(), of.eventId(), of.withinMillis(), of.late());
            }
            Operator.Table of = (Operator.Table) operator;
            return new Operator.Table(now(of.input()), of.id(), of.codec(), of.value(), of.timeToLiveMillis());
        }

        private Operator other(Operator operator) {
            if (operator instanceof Operator.Transform of) {
                return new Operator.Transform(now(of.input()), of.kind(), of.function());
            }
            if (operator instanceof Operator.Merge of) {
                return new Operator.Merge(of.inputs().stream().map(this::now).toList());
            }
            if (operator instanceof Operator.KeyBy of) {
                return new Operator.KeyBy(now(of.input()), of.key());
            }
            if (operator instanceof Operator.FromSide of) {
                return new Operator.FromSide((Operator.Shuffle) now(of.input()), of.side());
            }
            if (operator instanceof Operator.TableJoin of) {
                return new Operator.TableJoin(now(of.left()), now(of.right()), of.kind(), of.joiner());
            }
            if (operator instanceof Operator.Lookup of) {
                return new Operator.Lookup(now(of.input()), now(of.table()), of.kind(), of.joiner());
            }
            if (operator instanceof Operator.Handle of) {
                return new Operator.Handle(now(of.input()), of.id(), of.handler(), of.key());
            }
            Operator.Sink of = (Operator.Sink) operator;
            return new Operator.Sink(now(of.input()), of.target(), of.key());
        }
    }
}
