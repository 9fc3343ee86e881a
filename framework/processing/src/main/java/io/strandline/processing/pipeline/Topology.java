package io.strandline.processing.pipeline;

import io.strandline.KeyRange;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The operators of a pipeline and how events go through them.
 *
 * <p>A topology is run in stages. Each reads one stream: a source, or the internal stream of a shuffle. Operators that merge
 * events of several stages run in each of them.
 *
 * <p>Immutable.
 */
public final class Topology {

    /** Ids of operators do not begin with it. Strandline keeps state of its own under such ids. */
    public static final String RESERVED_PREFIX = "strandline.";

    private final String name;
    private final List<Operator> operators;
    private final List<String> feeders;
    private final List<String> timekeepers;
    private final List<Load> loads;
    private final long waitMillis;
    private final Part part;
    /** None if this is a stage. */
    private final List<Topology> stages = new ArrayList<>();
    /** The names that a stage has in all parts of the pipeline, in their order. */
    private final List<String> inAllParts;

    /**
     * A table that is loaded at each start before events of other sources come to it.
     *
     * @param table its id
     * @param loading names of the stages that its values go through, each after those that feed it
     * @param waiting names of the stages whose events wait
     */
    public record Load(String table, List<String> loading, List<String> waiting) {

        public Load {
            loading = List.copyOf(loading);
            waiting = List.copyOf(waiting);
        }
    }

    /**
     * One of the parts of a pipeline that several members share, or all of it.
     *
     * @param count number of parts
     * @param number of this one, from 0 on
     * @param keys the hashes of the keys whose events it takes, in each of its stages
     */
    public record Part(int count, int number, KeyRange keys) {

        /** All of a pipeline. */
        public static final Part WHOLE = new Part(1, 0, KeyRange.ALL);

        /** The name that a part of a pipeline has. */
        String nameOf(String pipeline) {
            return nameOf(pipeline, number);
        }

        private String nameOf(String pipeline, int other) {
            return count == 1 ? pipeline : pipeline + PipelineNames.PART_MARK + count + "." + other;
        }

        /** The names that a stage has in all parts. */
        private List<String> all(String pipeline, String stage) {
            String rest = stage.substring(nameOf(pipeline).length());
            return IntStream.range(0, count)
                    .mapToObj(other -> nameOf(pipeline, other) + rest)
                    .toList();
        }
    }

    Topology(String pipeline, List<Operator> operators) {
        this(pipeline, operators, Part.WHOLE);
    }

    /**
     * A part of a pipeline.
     *
     * @param pipeline name of the whole
     */
    Topology(String pipeline, List<Operator> operators, Part part) {
        this.part = part;
        this.name = part.nameOf(pipeline);
        this.operators = List.copyOf(operators);
        this.feeders = List.of();
        this.timekeepers = List.of();
        if (operators.isEmpty()) {
            throw new StrandlineException.Invalid("pipeline " + pipeline + " has no source");
        }
        this.waitMillis = waitMillis(operators);
        this.inAllParts = part.all(pipeline, name);
        List<StageCut.Stage> cut = StageCut.of(name, operators);
        if (cut.size() > 1) {
            cut.forEach(stage -> stages.add(new Topology(pipeline, part, stage, cut, waitMillis)));
        }
        this.loads = StageCut.TableLoads.of(pipeline, stages);
        stages().forEach(stage -> stage.requireEffect(pipeline));
        requireNoCycle();
    }

    private Topology(String pipeline, Part part, StageCut.Stage stage, List<StageCut.Stage> all, long waitMillis) {
        this.waitMillis = waitMillis;
        this.part = part;
        this.name = stage.name();
        this.inAllParts = part.all(pipeline, name);
        this.operators = List.copyOf(stage.operators());
        this.feeders = all.stream()
                .filter(each -> each.feeds(operators.get(0)))
                .flatMap(each -> part.all(pipeline, each.name()).stream())
                .toList();
        this.timekeepers = all.stream()
                .filter(each -> each.movesTimeOf(operators.get(0)))
                .flatMap(each -> part.all(pipeline, each.name()).stream())
                .toList();
        this.loads = List.of();
    }

    private void requireEffect(String pipeline) {
        if (sinks().isEmpty() && handlers().isEmpty() && withState().isEmpty()) {
            throw new StrandlineException.Invalid(
                    "pipeline " + pipeline + " has no effect on the events " + source().label()
                            + ": it keeps no state of them, appends"
                            + " nothing and hands nothing to a handler. Add an operator with state, or a sink");
        }
    }

    /** A topology is described from its sources on, so only the log itself can lead events back. */
    private void requireNoCycle() {
        Set<StreamName> sinks = sinks();
        for (Operator operator : operators) {
            if (operator instanceof Operator.Source source && sinks.contains(source.stream())) {
                throw new StrandlineException.Invalid("pipeline " + name + " reads " + source.stream()
                        + " and appends to it, so it would never come to its end: append to another stream");
            }
        }
    }

    /** The operators, each after those whose events it takes. */
    public List<Operator> operators() {
        return operators;
    }

    /** The stages, each after those that feed it. A topology of one stage is that stage. */
    public List<Topology> stages() {
        return stages.isEmpty() ? List.of(this) : List.copyOf(stages);
    }

    /** Name under which a stage keeps its checkpoints: that of the pipeline for the stage of its first source. */
    public String name() {
        return name;
    }

    /** Which part of the pipeline it is of. */
    public Part part() {
        return part;
    }

    /**
     * The hashes of the routing keys whose events it takes: all of them, or those of one part of a pipeline that several members
     * share. An event without key counts as one with the first key of its partition.
     */
    public KeyRange keys() {
        return part.keys();
    }

    /** The names that a stage has in all parts of the pipeline, in the order of the parts. Of a pipeline with one part its own. */
    public List<String> inAllParts() {
        return inAllParts;
    }

    /**
     * How the tasks after a shuffle name a task before it. No two tasks of one pipeline are named alike, although a partition with keys
     * of two parts has a task in each.
     *
     * @param partition that the task reads
     */
    public long task(long partition) {
        return partition * part.count() + part.number();
    }

    /** Where the events of a stage come from. The first source of a topology of several stages. */
    public Operator.Input source() {
        return (Operator.Input) operators.get(0);
    }

    /** Names of the stages that feed the shuffle that this stage reads, in all parts of the pipeline. None if it reads a source. */
    public List<String> feeders() {
        return feeders;
    }

    /** Those of the {@link #feeders} that move event time here: all but those that only fill tables which are loaded first. */
    public List<String> timekeepers() {
        return timekeepers;
    }

    /** The tables that are loaded at each start before events come to them. None for a stage. */
    public List<Load> loads() {
        return loads;
    }

    /**
     * Whether all values of a table, and the events that wait for them, keep their keys on their way to the join. Then each part loads
     * its keys by itself.
     */
    boolean isLoadedWithinParts(Load load) {
        return stages().stream()
                        .filter(stage -> load.loading().contains(stage.name()))
                        .allMatch(stage -> stage.source() instanceof Operator.Source)
                && operators.stream()
                        .filter(Operator.Shuffle.class::isInstance)
                        .map(Operator.Shuffle.class::cast)
                        .filter(shuffle -> shuffle.sides().stream()
                                .anyMatch(side -> load.table().equals(side.table())))
                        .allMatch(shuffle -> shuffle.sides().stream().allMatch(side -> side.key() == null));
    }

    /** The shuffles that this stage feeds. */
    public List<Operator.Shuffle> feeds() {
        return operators.subList(1, operators.size()).stream()
                .filter(Operator.Shuffle.class::isInstance)
                .map(Operator.Shuffle.class::cast)
                .toList();
    }

    /** The operators with state, in the order of {@link #operators}. */
    public List<Operator.WithState> withState() {
        return operators.stream()
                .filter(Operator.WithState.class::isInstance)
                .map(Operator.WithState.class::cast)
                .toList();
    }

    /** Whether an operator, or one of a stage that this one feeds, may wait for time to pass, with no event coming. */
    public boolean needsTicks() {
        return !feeds().isEmpty()
                || withState().stream()
                        .anyMatch(operator -> !(operator instanceof Operator.Keyed keyed) || keyed.timer() != null);
    }

    /**
     * How long after an event all windows and joins of the pipeline together may wait for the time of their results, in
     * milliseconds.
     */
    public long waitMillis() {
        return waitMillis;
    }

    private static long waitMillis(List<Operator> operators) {
        long wait = 0;
        for (Operator operator : operators) {
            if (operator instanceof Operator.Window window) {
                wait += window.windows().sizeMillis();
            } else if (operator instanceof Operator.Join join) {
                wait += join.beforeMillis() + join.afterMillis();
            }
            wait = Math.min(wait, Windows.MAX_MILLIS);
        }
        return wait;
    }

    /**
     * The streams that the pipeline appends to, those of late events included, in the order of the operators. Those of a stage
     * include the internal streams that it feeds.
     */
    public Set<StreamName> sinks() {
        Set<StreamName> sinks = new LinkedHashSet<>();
        for (Operator operator : operators) {
            targets(operator).forEach(target -> sinks.add(target.stream()));
            if (operator instanceof Operator.Shuffle shuffle && stages.isEmpty() && shuffle != source()) {
                sinks.add(shuffle.stream());
            }
        }
        return sinks;
    }

    /** The handlers to which it hands outputs, in the order of the operators. */
    public List<Operator.Handle> handlers() {
        return operators.stream()
                .filter(Operator.Handle.class::isInstance)
                .map(Operator.Handle.class::cast)
                .toList();
    }

    /** The {@link #sinks}, and the names under which checkpoints have its {@link #handlers}. No other version may have one of them. */
    public Set<StreamName> outlets() {
        Set<StreamName> outlets = new LinkedHashSet<>(sinks());
        handlers().forEach(handler -> outlets.add(handler.name()));
        return outlets;
    }

    private static List<Operator.Target> targets(Operator operator) {
        if (operator instanceof Operator.Sink sink) {
            return List.of(sink.target());
        }
        return late(operator);
    }

    /** Where an operator appends what comes too late. */
    private static List<Operator.Target> late(Operator operator) {
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

    /** Names of the streams that take the late events of an operator. */
    private static List<String> lateStreams(Operator operator) {
        return late(operator).stream()
                .map(target -> target.stream().toString())
                .distinct()
                .toList();
    }

    /** What an operator does, and where its late events go. */
    private static String told(Operator operator) {
        List<String> late = lateStreams(operator);
        return operator.label() + (late.isEmpty() ? "" : ", late to " + String.join(" and ", late));
    }

    /**
     * One line for each operator: its number, what it does, where its late events go, and the numbers of the operators whose events it takes. Several
     * stages have a line each before their operators.
     */
    public String toText() {
        StringBuilder text = new StringBuilder();
        for (Topology stage : stages()) {
            if (!stages.isEmpty()) {
                text.append("stage ").append(stage.name).append(" reads ").append(stage.source().stream());
                text.append('\n');
            }
            for (Operator operator : stage.operators) {
                text.append(number(operator)).append(". ").append(told(operator));
                List<Integer> inputs = stage.inputs(operator, this);
                if (!inputs.isEmpty()) {
                    text.append(" <- ").append(inputs.toString().replaceAll("[\\[\\]]", ""));
                }
                text.append('\n');
            }
        }
        return text.toString();
    }

    /** As {@link #toText}. */
    @Override
    public String toString() {
        return toText();
    }

    /** A flowchart for Mermaid. Stages are boxes around their operators, and internal streams are between them. */
    public String toMermaid() {
        StringBuilder chart = new StringBuilder("flowchart LR\n");
        if (stages.isEmpty()) {
            for (Operator operator : operators) {
                draw(operator, chart, "    ", prefix(0));
                drawArrows(operator, chart, prefix(0), this);
            }
            return chart.toString();
        }
        for (Operator operator : operators) {
            if (operator instanceof Operator.Shuffle) {
                chart.append("    ").append(node("o", operator)).append("[(\"");
                chart.append(operator.label()).append("\")]\n");
            }
        }
        for (int i = 0; i < stages.size(); i++) {
            Topology stage = stages.get(i);
            chart.append("    subgraph s")
                    .append(i)
                    .append("[\"")
                    .append(stage.name)
                    .append("\"]\n");
            for (Operator operator : stage.operators) {
                if (!(operator instanceof Operator.Shuffle)) {
                    draw(operator, chart, "        ", prefix(i));
                }
            }
            chart.append("    end\n");
        }
        for (int i = 0; i < stages.size(); i++) {
            for (Operator operator : stages.get(i).operators) {
                drawArrows(operator, chart, prefix(i), stages.get(i));
            }
        }
        return chart.toString();
    }

    private void draw(Operator operator, StringBuilder chart, String indent, String prefix) {
        chart.append(indent).append(node(prefix, operator)).append("[\"");
        chart.append(told(operator)).append("\"]\n");
    }

    private void drawArrows(Operator operator, StringBuilder chart, String prefix, Topology stage) {
        for (int input : stage.inputs(operator, this)) {
            chart.append("    ").append(node(prefix, operators.get(input)));
            chart.append(" --> ").append(node(prefix, operator)).append('\n');
        }
    }

    /**
     * The node of {@link #toMermaid} at which the events of a stage come in: its first operator that is not a shuffle, or the shuffle
     * that it reads if it has shuffles alone.
     *
     * @param stage index in {@link #stages}
     */
    String firstNode(int stage) {
        Topology of = stages().get(stage);
        Operator first = of.operators.stream()
                .filter(operator -> !(operator instanceof Operator.Shuffle))
                .findFirst()
                .orElse(of.operators.get(0));
        return node(prefix(stage), first);
    }

    /** What names of nodes of a stage begin with. */
    private String prefix(int stage) {
        return stages.isEmpty() ? "o" : "s" + stage + "o";
    }

    /** A shuffle is in no stage. */
    private String node(String prefix, Operator operator) {
        return (operator instanceof Operator.Shuffle ? "o" : prefix) + number(operator);
    }

    /**
     * An array with {@code label}, {@code inputs} (numbers of operators) and, with state or a handler, {@code id} of each operator. Of several
     * stages there are the names of the operator's {@code stages} too, and a shuffle has its {@code stream}. An operator that appends late
     * events has the streams that take them, {@code lateTo}.
     */
    public JsonArray toJson() {
        JsonArray json = new JsonArray();
        for (Operator operator : operators) {
            JsonObject each = new JsonObject()
                    .put("label", operator.label())
                    .put("inputs", new JsonArray(inputs(operator, this)));
            if (operator instanceof Operator.WithState withState) {
                each.put("id", withState.id());
            } else if (operator instanceof Operator.Handle handle) {
                each.put("id", handle.id());
            } else if (operator instanceof Operator.Shuffle shuffle) {
                each.put("id", shuffle.id()).put("stream", shuffle.stream().toString());
            }
            List<String> late = lateStreams(operator);
            if (!late.isEmpty()) {
                each.put("lateTo", new JsonArray(late));
            }
            if (!stages.isEmpty()) {
                JsonArray names = new JsonArray();
                stages.stream().filter(stage -> stage.has(operator)).forEach(stage -> names.add(stage.name));
                each.put("stages", names);
            }
            json.add(each);
        }
        return json;
    }

    boolean has(Operator operator) {
        return operators.stream().anyMatch(each -> each == operator);
    }

    /** Compares by identity: two operators may be equal and yet be at two places. */
    private int number(Operator operator) {
        int number = 0;
        while (operators.get(number) != operator) {
            number++;
        }
        return number;
    }

    /** Numbers of the inputs that are here. What a stage reads has none in it. */
    private List<Integer> inputs(Operator operator, Topology whole) {
        List<Integer> numbers = new ArrayList<>();
        for (Operator input : operator.inputs()) {
            if (has(input)) {
                numbers.add(whole.number(input));
            }
        }
        return numbers;
    }
}
