package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** The operators of a pipeline that is being described. Belongs to the thread that describes it. */
abstract class OperatorGraph {

    /** Most operators of one pipeline. */
    static final int MAX = 1_000;

    /** Most characters of the names of pipeline and shuffle together. */
    static final int MAX_SHUFFLE_NAME_LENGTH = 180;

    final String name;
    /** Each after its inputs. */
    private final List<Operator> operators = new ArrayList<>();

    private final Set<String> ids = new HashSet<>();
    /** Tables whose values go through shuffles. */
    private final Set<Operator> moved = Collections.newSetFromMap(new IdentityHashMap<>());

    /** @param name of the pipeline */
    OperatorGraph(String name) {
        this.name = name;
    }

    /** Adds a source, whose stream no other one reads. */
    Operator.Source addSource(Operator.Source source) {
        for (Operator operator : operators) {
            if (operator instanceof Operator.Source other && other.stream().equals(source.stream())) {
                throw new StrandlineException.Invalid("pipeline " + name + " reads " + source.stream()
                        + " already: use the events that from returned the first time");
            }
        }
        return add(source);
    }

    /** A table whose values go through a shuffle is kept after it, and before it only if something takes it there. */
    List<Operator> withoutMovedTables() {
        return operators.stream()
                .filter(operator -> !moved.contains(operator) || isTaken(operator))
                .toList();
    }

    private boolean isTaken(Operator operator) {
        return operators.stream().anyMatch(each -> each.inputs().stream().anyMatch(input -> input == operator));
    }

    /** The values of a table are kept after a shuffle, too. */
    void moved(Operator.Table table) {
        moved.add(table);
    }

    <O extends Operator> O add(O operator) {
        Limits.require("number of operators of pipeline " + name, operators.size() + 1L, 1, MAX);
        for (Operator input : operator.inputs()) {
            if (operators.stream().noneMatch(each -> each == input)) {
                throw new StrandlineException.Invalid("pipeline " + name + " goes on with " + input.label()
                        + " as it was before eventTime: use the events that eventTime returns");
            }
        }
        operators.add(operator);
        return operator;
    }

    /** Puts a source that says more in the place of one that nothing has read yet. */
    Operator.Source replace(Operator.Source source, Operator.Source by) {
        if (operators.stream().noneMatch(each -> each == source)) {
            throw new StrandlineException.Invalid("event time of " + source.stream() + " is named twice");
        }
        for (int i = 0; i < operators.size(); i++) {
            if (operators.get(i).inputs().stream().anyMatch(input -> input == source)) {
                throw new StrandlineException.Invalid(
                        "event time of " + source.stream() + " must be named before its first operator");
            }
        }
        operators.replaceAll(operator -> operator == source ? by : operator);
        return by;
    }

    Operator merge(Operator one, OperatorGraph ofOther, Operator other) {
        requireSame(ofOther);
        return add(new Operator.Merge(List.of(one, other)));
    }

    void requireSame(OperatorGraph ofOther) {
        if (ofOther != this) {
            throw new StrandlineException.Invalid(
                    "pipeline " + name + " cannot take events of pipeline " + ofOther.name);
        }
    }

    /**
     * Brings events of several operators into one stage.
     *
     * @param id of the shuffle that gathers them, if they are in several stages
     * @return what passes on the events of each side: the operators themselves if they are in one stage
     */
    List<Operator> together(String id, List<Operator.Side> sides) {
        List<Operator> inputs = sides.stream().map(Operator.Side::input).toList();
        if (!areTogether(inputs)) {
            return List.copyOf(gather(id, sides));
        }
        requireId(id);
        return inputs;
    }

    /** Whether events of these operators are in one stage. */
    boolean areTogether(List<Operator> operatorsOfSides) {
        Set<Operator> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        operatorsOfSides.forEach(operator -> collect(operator, seen));
        return seen.stream().filter(Operator.Input.class::isInstance).count() == 1;
    }

    /** Collects the operators from which events come within their stages. */
    private static void collect(Operator operator, Set<Operator> seen) {
        if (seen.add(operator) && !(operator instanceof Operator.Input)) {
            operator.inputs().forEach(input -> collect(input, seen));
        }
    }

    /**
     * Gathers events of several operators, which may be in several stages, in one internal stream.
     *
     * @return the events of each side, in the same order, all in the stage that reads the stream
     */
    List<Operator.FromSide> gather(String id, List<Operator.Side> sides) {
        Operator.Shuffle shuffle = shuffle(id, sides);
        List<Operator.FromSide> gathered = new ArrayList<>();
        for (int i = 0; i < sides.size(); i++) {
            gathered.add(add(new Operator.FromSide(shuffle, i)));
        }
        return gathered;
    }

    Operator.Shuffle shuffle(String id, List<Operator.Side> sides) {
        requireId(id);
        Limits.require(
                "length of the names of pipeline " + name + " and shuffle " + id,
                name.length() + (long) id.length(),
                2,
                MAX_SHUFFLE_NAME_LENGTH);
        StreamName stream = Operator.Shuffle.streamOf(StageCut.nameOf(name, id));
        return add(new Operator.Shuffle(id, stream, sides));
    }

    /**
     * A stream that takes outputs.
     *
     * @throws StrandlineException.Invalid if it is one of the framework's own
     */
    Operator.Target target(String stream, EventCodec<?> codec) {
        StreamName name = StreamName.parse(stream);
        if (name.isReserved()) {
            throw new StrandlineException.Invalid(
                    "pipeline " + this.name + " cannot append to " + stream + ", which the framework keeps for itself");
        }
        return new Operator.Target(name, codec);
    }

    String requireId(String id) {
        StreamName.requireValid("operator", id);
        if (id.startsWith(Topology.RESERVED_PREFIX)) {
            throw new StrandlineException.Invalid("pipeline " + name + " has an operator with id " + id
                    + ", and ids that begin with " + Topology.RESERVED_PREFIX + " are reserved");
        }
        if (!ids.add(id)) {
            throw new StrandlineException.Invalid("pipeline " + name + " has two operators with id " + id);
        }
        return id;
    }
}
