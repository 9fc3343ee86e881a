package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Describes a pipeline: its source, the operators that its events go through, and its sinks. Belongs to one thread.
 *
 * @see Pipeline#named
 */
public final class PipelineBuilder {

    /** Most operators of one pipeline. */
    public static final int MAX_OPERATORS = 1_000;

    private final String name;
    private final int version;
    /** Each after its inputs. */
    private final List<Operator> operators = new ArrayList<>();

    private final Set<String> ids = new HashSet<>();

    PipelineBuilder(String name, int version) {
        Limits.require("length of pipeline name", name.length(), 1, Pipeline.MAX_NAME_LENGTH);
        this.name = StreamName.requireValid("pipeline", name);
        this.version = (int) Limits.require("version of pipeline " + name, version, 0, Integer.MAX_VALUE);
    }

    /**
     * Names the source.
     *
     * @param stream full name of an existing stream
     * @throws StrandlineException.Invalid if it is not {@code scope/stream}, or if the pipeline has a source
     */
    public <E> Source<E> from(String stream, EventCodec<E> codec) {
        Operator.Source source = new Operator.Source(StreamName.parse(stream), codec, null, 0);
        if (!operators.isEmpty()) {
            throw new StrandlineException.Invalid("pipeline " + name + " reads "
                    + operators.get(0).label().substring("from ".length()) + " and cannot read " + stream
                    + " too: a pipeline has one source");
        }
        return new Source<>(this, add(source));
    }

    /**
     * Completes the description. The builder may go on afterwards.
     *
     * @throws StrandlineException.Invalid if it has no source, or nothing that keeps a state or appends events
     */
    public Pipeline build() {
        return new Pipeline(name, version, new Topology(name, operators));
    }

    <O extends Operator> O add(O operator) {
        Limits.require("number of operators of pipeline " + name, operators.size() + 1L, 1, MAX_OPERATORS);
        operators.add(operator);
        return operator;
    }

    /** Puts a source that says more in the place of one that nothing has read yet. */
    Operator.Source replace(Operator.Source source, Operator.Source by) {
        for (int i = 0; i < operators.size(); i++) {
            if (operators.get(i).inputs().stream().anyMatch(input -> input == source)) {
                throw new StrandlineException.Invalid(
                        "event time of " + source.stream() + " must be named before its first operator");
            }
        }
        operators.replaceAll(operator -> operator == source ? by : operator);
        return by;
    }

    Operator merge(Operator one, PipelineBuilder ofOther, Operator other) {
        if (ofOther != this) {
            throw new StrandlineException.Invalid(
                    "pipeline " + name + " cannot merge events of pipeline " + ofOther.name);
        }
        return add(new Operator.Merge(List.of(one, other)));
    }

    String requireId(String id) {
        StreamName.requireValid("operator", id);
        if (!ids.add(id)) {
            throw new StrandlineException.Invalid("pipeline " + name + " has two operators with id " + id);
        }
        return id;
    }
}
