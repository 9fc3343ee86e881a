package io.strandline.processing.pipeline;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of an audit: the events between two checkpoints were processed again, from the state of the first one, and the state and
 * the outputs that this gave were compared with those of the second one. A difference says that the pipeline is not deterministic, that its steps were
 * changed without a new version, or that a state was changed by something else than a step.
 *
 * @param from the checkpoint at which the audit began
 * @param to the checkpoint with which it compared. Of several stages both are those of the first
 * @param fromName name under which the first one was asked for, null if it was none
 * @param toName the same of the second one
 * @param steps number of steps that were done again, of all tasks and stages
 * @param differences at most {@value #MAX_DIFFERENCES}: by stage, by partition, and then in the order of the operators, so that the
 *     first of a partition is the one where the others may come from
 */
public record PipelineAudit(
        Checkpoint from,
        Checkpoint to,
        @Nullable String fromName,
        @Nullable String toName,
        long steps,
        List<Difference> differences) {

    /** Most differences that are listed. */
    public static final int MAX_DIFFERENCES = 1_000;

    public PipelineAudit {
        differences = List.copyOf(
                differences.size() <= MAX_DIFFERENCES ? differences : differences.subList(0, MAX_DIFFERENCES));
    }

    /** What differs. */
    public enum Kind {
        /** The state of an operator. */
        STATE,
        /** The watermark or the clock of a task. */
        TIME,
        /** The number of steps that the events took. */
        POSITION,
        /** A step failed that had not failed before. */
        STEP,
        /** What was appended to a partition of a sink: other events, in another order, or under other numbers of steps. */
        OUTPUT
    }

    /**
     * A difference in one task.
     *
     * @param stage name of its stage, which is the pipeline's name for the first one
     * @param partition of its source
     * @param operator id of the operator whose state differs, name of the sink whose events differ, null for all else
     * @param keyGroup the first group of keys that differs, 0 to 1,023, -1 unless a state differs
     * @param groups number of groups of the operator that differ
     * @param key the first key of that group that differs, by its hash, null unless a state differs
     * @param detail what the checkpoint has and what the audit found
     */
    public record Difference(
            Kind kind,
            String stage,
            long partition,
            @Nullable String operator,
            int keyGroup,
            int groups,
            @Nullable String key,
            String detail) {

        /** A difference that is none of a state. */
        public Difference(Kind kind, String stage, long partition, String detail) {
            this(kind, stage, partition, null, -1, 0, null, detail);
        }

        private JsonObject toJson() {
            return new JsonObject()
                    .put("kind", kind.name())
                    .put("stage", stage)
                    .put("partition", partition)
                    .put("operator", operator)
                    .put("keyGroup", keyGroup)
                    .put("groups", groups)
                    .put("key", key)
                    .put("detail", detail);
        }

        @Override
        public String toString() {
            String where = kind + " of " + stage + " partition " + partition;
            if (kind == Kind.OUTPUT) {
                return where + ", to " + operator + ": " + detail;
            }
            return operator == null
                    ? where + ": " + detail
                    : where + ", operator " + operator + ", key group " + keyGroup + " (" + groups + " differ), key "
                            + key + ": " + detail;
        }
    }

    /** Whether nothing differs. */
    public boolean isEqual() {
        return differences.isEmpty();
    }

    /** The checkpoints and EQUAL or DIFFERENT, and a line for each difference. */
    public String toText() {
        StringBuilder text = new StringBuilder("audit of checkpoint " + title(fromName, from) + " to "
                + title(toName, to) + ", " + steps + " steps: " + (isEqual() ? "EQUAL" : "DIFFERENT") + '\n');
        differences.forEach(each -> text.append(each).append('\n'));
        return text.toString();
    }

    private static String title(@Nullable String name, Checkpoint checkpoint) {
        return name == null ? Long.toString(checkpoint.number()) : name;
    }

    /**
     * An object with {@code from}, {@code to}, {@code steps}, {@code equal} and {@code differences}. With names {@code fromName} and
     * {@code toName} are in it, too.
     */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("from", from.number()).put("to", to.number());
        if (fromName != null) {
            json.put("fromName", fromName);
        }
        if (toName != null) {
            json.put("toName", toName);
        }
        return json.put("steps", steps)
                .put("equal", isEqual())
                .put(
                        "differences",
                        new JsonArray(
                                differences.stream().map(Difference::toJson).toList()));
    }

    @Override
    public String toString() {
        return toText();
    }
}
