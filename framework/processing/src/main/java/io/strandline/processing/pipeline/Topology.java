package io.strandline.processing.pipeline;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The operators of a pipeline and how events go through them.
 *
 * <p>Immutable.
 */
public final class Topology {

    /** Ids of operators do not begin with it. Strandline keeps state of its own under such ids. */
    public static final String RESERVED_PREFIX = "strandline.";

    private final List<Operator> operators;

    Topology(String pipeline, List<Operator> operators) {
        this.operators = List.copyOf(operators);
        if (operators.isEmpty()) {
            throw new StrandlineException.Invalid("pipeline " + pipeline + " has no source");
        }
        if (sinks().isEmpty() && withState().isEmpty()) {
            throw new StrandlineException.Invalid(
                    "pipeline " + pipeline + " has no effect: it keeps no state and appends"
                            + " nothing. Add an operator with state, or a sink");
        }
    }

    /** The operators, each after those whose events it takes. */
    public List<Operator> operators() {
        return operators;
    }

    /** Where the events come from. */
    public Operator.Source source() {
        return (Operator.Source) operators.get(0);
    }

    /** The operators with state, in the order of {@link #operators}. */
    public List<Operator.WithState> withState() {
        return operators.stream()
                .filter(Operator.WithState.class::isInstance)
                .map(Operator.WithState.class::cast)
                .toList();
    }

    /** Whether an operator may wait for time to pass, with no event coming. */
    public boolean needsTicks() {
        return withState().stream()
                .anyMatch(operator -> !(operator instanceof Operator.Keyed keyed) || keyed.timer() != null);
    }

    /** The streams that the pipeline appends to, those of late events included, in the order of the operators. */
    public Set<StreamName> sinks() {
        Set<StreamName> sinks = new LinkedHashSet<>();
        for (Operator operator : operators) {
            targets(operator).forEach(target -> sinks.add(target.stream()));
        }
        return sinks;
    }

    private static List<Operator.Target> targets(Operator operator) {
        if (operator instanceof Operator.Sink sink) {
            return List.of(sink.target());
        }
        List<Operator.@Nullable Target> late = new ArrayList<>();
        if (operator instanceof Operator.Window window) {
            late.add(window.late());
        } else if (operator instanceof Operator.Deduplicate deduplicate) {
            late.add(deduplicate.late());
        } else if (operator instanceof Operator.Join join) {
            late.add(join.leftLate());
            late.add(join.rightLate());
        }
        return late.stream()
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** One line for each operator: its number, what it does, and the numbers of the operators whose events it takes. */
    public String toText() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < operators.size(); i++) {
            Operator operator = operators.get(i);
            text.append(i).append(". ").append(operator.label());
            List<Integer> inputs = inputs(operator);
            if (!inputs.isEmpty()) {
                text.append(" <- ").append(inputs.toString().replaceAll("[\\[\\]]", ""));
            }
            text.append('\n');
        }
        return text.toString();
    }

    /** A flowchart for Mermaid. */
    public String toMermaid() {
        StringBuilder chart = new StringBuilder("flowchart LR\n");
        for (int i = 0; i < operators.size(); i++) {
            Operator operator = operators.get(i);
            chart.append("    o")
                    .append(i)
                    .append("[\"")
                    .append(operator.label())
                    .append("\"]\n");
            for (int input : inputs(operator)) {
                chart.append("    o").append(input).append(" --> o").append(i).append('\n');
            }
        }
        return chart.toString();
    }

    /** An array with {@code label}, {@code inputs} (numbers of operators) and, with state, {@code id} of each operator. */
    public JsonArray toJson() {
        JsonArray json = new JsonArray();
        for (Operator operator : operators) {
            JsonObject each =
                    new JsonObject().put("label", operator.label()).put("inputs", new JsonArray(inputs(operator)));
            if (operator instanceof Operator.WithState withState) {
                each.put("id", withState.id());
            }
            json.add(each);
        }
        return json;
    }

    /** Compares by identity: two operators may be equal and yet stand at two places. */
    private List<Integer> inputs(Operator operator) {
        List<Integer> numbers = new ArrayList<>();
        for (Operator input : operator.inputs()) {
            for (int i = 0; i < operators.size(); i++) {
                if (operators.get(i) == input) {
                    numbers.add(i);
                }
            }
        }
        return numbers;
    }
}
