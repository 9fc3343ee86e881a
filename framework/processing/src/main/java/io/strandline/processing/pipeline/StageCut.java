package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;

/**
 * Cuts the operators of a pipeline into stages. An operator runs in the stage of its input, in each stage if it has inputs in
 * several, and state is kept in one stage alone. A shuffle is the last operator of the stages that feed it and the first of its
 * own.
 */
final class StageCut {

    /** Between the name of a pipeline and what names a stage of it. Names of pipelines do not have it, and no id begins with '-'. */
    static final String SEPARATOR = "--";

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
            return !reads(shuffle) && operators.stream().anyMatch(operator -> operator == shuffle);
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

    static String nameOf(String pipeline, String id) {
        return pipeline + SEPARATOR + id;
    }
}
