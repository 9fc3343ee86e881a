package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.pipeline.Topology.Load;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Cuts the operators of a pipeline into stages. An operator runs in the stage of its input, in each stage if it has inputs in
 * several, and state is kept in one stage alone. A shuffle is the last operator of the stages that feed it and the first of its
 * own.
 */
final class StageCut {

    /** Between the name of a pipeline and what names a stage of it. Names of pipelines do not have it, and no id begins with '-'. */
    static final String SEPARATOR = "--";

    /** Between the name of a pipeline and the number of a version of it that began beside another one. */
    static final String BESIDE = SEPARATOR + ".v";

    private final String pipeline;
    /** In the order of their inputs. */
    private final List<Stage> stages = new ArrayList<>();
    /** Where the events of an operator are. */
    private final IdentityHashMap<Operator, List<Stage>> found = new IdentityHashMap<>();

    /** One stage. Two are the same only if they are the same object. */
    static final class Stage {

        private final String name;
        private final List<Operator> operators = new ArrayList<>();

        private Stage(String name, Operator.Input input) {
            this.name = name;
            operators.add(input);
        }

        String name() {
            return name;
        }

        /** Its input first, then each after those whose events it takes. */
        List<Operator> operators() {
            return operators;
        }

        boolean reads(Operator input) {
            return operators.get(0) == input;
        }

        boolean feeds(Operator shuffle) {
            return !reads(shuffle) && has(shuffle);
        }

        /** Whether it brings events into a shuffle, or values of a table that comes as it comes. */
        boolean movesTimeOf(Operator input) {
            return input instanceof Operator.Shuffle shuffle
                    && shuffle.sides().stream().anyMatch(side -> side.table() == null && has(side.input()));
        }

        private boolean has(Operator operator) {
            return operators.stream().anyMatch(each -> each == operator);
        }
    }

    private StageCut(String pipeline) {
        this.pipeline = pipeline;
    }

    /**
     * The stages, each after those that feed it.
     *
     * @throws StrandlineException.Invalid if the inputs of an operator with state are in several stages
     */
    static List<Stage> of(String pipeline, List<Operator> operators) {
        StageCut cut = new StageCut(pipeline);
        operators.forEach(cut::place);
        return cut.stages;
    }

    private void place(Operator operator) {
        List<Stage> in = new ArrayList<>();
        for (Operator input : operator.inputs()) {
            for (Stage stage : Objects.requireNonNull(found.get(input))) {
                if (!in.contains(stage)) {
                    in.add(stage);
                }
            }
        }
        if (usesState(operator) && in.size() > 1) {
            throw new StrandlineException.Invalid(operator.label() + " of pipeline " + pipeline + " takes events of "
                    + in.size() + " stages, "
                    + in.stream().map(stage -> stage.operators().get(0).label()).toList()
                    + ", and its state is in one: put keyBy(id, codec, key) before it, which brings them together");
        }
        in.forEach(stage -> stage.operators().add(operator));
        if (operator instanceof Operator.Input input) {
            Stage begun = new Stage(nameOf(input), input);
            stages.add(begun);
            in = List.of(begun);
        }
        found.put(operator, in);
    }

    private static boolean usesState(Operator operator) {
        return operator instanceof Operator.WithState
                || operator instanceof Operator.TableJoin
                || operator instanceof Operator.Lookup;
    }

    /** The first source keeps the pipeline's own name. Names of streams can be too long for a part of a name. */
    private String nameOf(Operator.Input input) {
        if (input instanceof Operator.Shuffle shuffle) {
            return nameOf(pipeline, shuffle.id());
        }
        if (stages.isEmpty()) {
            return pipeline;
        }
        byte[] stream = input.stream().toString().getBytes(StandardCharsets.UTF_8);
        return nameOf(pipeline, String.format(".%016x", KeyHash.of(stream, 0, stream.length)));
    }

    /**
     * How messages name a version: as the application has named it.
     *
     * @param name of a pipeline or stage, or that of a version beside another one
     */
    static String titleOf(String name, int version) {
        int end = name.indexOf(BESIDE);
        return "pipeline " + (end < 0 ? name : name.substring(0, end)) + " v" + version;
    }

    static String nameOf(String pipeline, String id) {
        return pipeline + SEPARATOR + id;
    }

    /**
     * Finds the tables of a pipeline that are loaded first. A table is loaded by the stages that its values go through. The stages that
     * bring events to it wait meanwhile, unless its values come from them.
     */
    static final class TableLoads {

        private final List<Topology> stages;
        private final List<Load> loads = new ArrayList<>();

        private TableLoads(List<Topology> stages) {
            this.stages = stages;
        }

        /**
         * The loads of a pipeline, in the order of the stages that take the tables.
         *
         * @param stages each after those that feed it
         * @throws StrandlineException.Invalid if tables would wait for each other
         */
        static List<Load> of(String pipeline, List<Topology> stages) {
            TableLoads found = new TableLoads(stages);
            for (Topology stage : stages) {
                if (stage.source() instanceof Operator.Shuffle shuffle) {
                    shuffle.sides().forEach(side -> found.add(shuffle, side));
                }
            }
            found.requireNoCircle(pipeline);
            return List.copyOf(found.loads);
        }

        private void add(Operator.Shuffle shuffle, Operator.Side side) {
            String table = side.table();
            if (table == null) {
                return;
            }
            List<String> loading = withFeeders(bringing(side));
            Set<String> waiting = new LinkedHashSet<>();
            shuffle.sides().stream()
                    .filter(other -> other.table() == null)
                    .forEach(other -> waiting.addAll(bringing(other)));
            loading.forEach(waiting::remove);
            if (!waiting.isEmpty()) {
                loads.add(new Load(table, loading, List.copyOf(waiting)));
            }
        }

        /** The stages that bring what comes into a side of a shuffle. */
        private List<String> bringing(Operator.Side side) {
            return stages.stream()
                    .filter(stage -> stage.has(side.input()))
                    .map(Topology::name)
                    .toList();
        }

        /** Stages and all that feed them, in the order of the stages. */
        private List<String> withFeeders(List<String> last) {
            Set<String> all = new HashSet<>(last);
            for (int i = stages.size() - 1; i >= 0; i--) {
                if (all.contains(stages.get(i).name())) {
                    all.addAll(stages.get(i).feeders());
                }
            }
            return stages.stream().map(Topology::name).filter(all::contains).toList();
        }

        private void requireNoCircle(String pipeline) {
            Set<String> tables = new TreeSet<>();
            for (Load load : loads) {
                Set<String> first = new HashSet<>();
                load.loading().forEach(stage -> waitsFor(stage, first));
                if (load.waiting().stream().anyMatch(first::contains)) {
                    tables.add(load.table());
                }
            }
            if (!tables.isEmpty()) {
                throw new StrandlineException.Invalid("the tables " + tables + " of pipeline " + pipeline
                        + " cannot all be loaded first, because the events that wait for one of them fill another one:"
                        + " take one of them asItComes()");
            }
        }

        /** Collects the stages that must have come to their ends before a stage begins. */
        private void waitsFor(String stage, Set<String> first) {
            for (Load load : loads) {
                if (load.waiting().contains(stage)) {
                    for (String loading : load.loading()) {
                        if (first.add(loading)) {
                            waitsFor(loading, first);
                        }
                    }
                }
            }
        }
    }
}
