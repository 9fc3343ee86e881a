package io.strandline.processing.process;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.processing.aggregate.AggregateOptions;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How a process is run. */
public class ProcessOptions {

    public static final int MAX_COMMANDS_UNDER_WAY = 100_000;
    public static final int DEFAULT_COMMANDS_UNDER_WAY = 256;
    public static final int DEFAULT_AGENDA_STEPS = 50_000;

    private @Nullable String stream;
    private int commandsUnderWay = DEFAULT_COMMANDS_UNDER_WAY;
    private int agendaSteps = DEFAULT_AGENDA_STEPS;
    private AggregateOptions instances = new AggregateOptions();
    private GroupOptions events = new GroupOptions();

    public ProcessOptions() {}

    public ProcessOptions(ProcessOptions other) {
        this(other.toJson());
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value is of another type, or a name that does not exist
     */
    public ProcessOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("process options", json);
        this.stream = in.text("stream");
        this.commandsUnderWay = in.integer("commandsUnderWay", DEFAULT_COMMANDS_UNDER_WAY);
        this.agendaSteps = in.integer("agendaSteps", DEFAULT_AGENDA_STEPS);
        this.instances = new AggregateOptions(in.object("instances"));
        this.events = new GroupOptions(in.object("events"));
        in.end();
    }

    /** The stream of what the process has decided, {@code scope/stream}. Must be given. Also the name of its reader group. */
    public @Nullable String getStream() {
        return stream;
    }

    /**
     * Sets the stream. It belongs to one process, is created as an exclusive one if it does not exist, and is never truncated: its
     * events are the instances.
     *
     * @param stream at most {@value ReaderGroup#MAX_NAME_LENGTH} characters
     */
    public ProcessOptions setStream(@Nullable String stream) {
        this.stream = stream;
        return this;
    }

    /** Commands and timers that are sent and answered at a time. While there are as many, no event is reacted to. {@value #DEFAULT_COMMANDS_UNDER_WAY} by default. */
    public int getCommandsUnderWay() {
        return commandsUnderWay;
    }

    public ProcessOptions setCommandsUnderWay(int commandsUnderWay) {
        this.commandsUnderWay = commandsUnderWay;
        return this;
    }

    /**
     * Reactions of all instances after which it is stored what is open: commands without an answer and timers. An opening reads about as
     * many, or half as many as instances have something open. {@value #DEFAULT_AGENDA_STEPS} by default.
     */
    public int getAgendaSteps() {
        return agendaSteps;
    }

    public ProcessOptions setAgendaSteps(int agendaSteps) {
        this.agendaSteps = agendaSteps;
        return this;
    }

    /** How instances are kept: partitions, snapshots, memory. Its stream, its number of command ids and its tracing policy are set by the process. */
    public AggregateOptions getInstances() {
        return instances;
    }

    public ProcessOptions setInstances(AggregateOptions instances) {
        this.instances = new AggregateOptions(Limits.requireGiven("instances", instances));
        return this;
    }

    /** How the sources are read: where a new process begins, attempts, policy for what cannot be reacted to. Its streams are set by the process. */
    public GroupOptions getEvents() {
        return events;
    }

    public ProcessOptions setEvents(GroupOptions events) {
        this.events = new GroupOptions(Limits.requireGiven("events", events));
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (stream == null) {
            throw new StrandlineException.Invalid("stream is null, it must name the stream of the process");
        }
        StreamName.parse(stream);
        Limits.require("length of stream name " + stream, stream.length(), 1, ReaderGroup.MAX_NAME_LENGTH);
        Limits.require("commandsUnderWay", commandsUnderWay, 1, MAX_COMMANDS_UNDER_WAY);
        Limits.require("agendaSteps", agendaSteps, 1, 1_000_000_000);
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("stream", stream)
                .put("commandsUnderWay", commandsUnderWay)
                .put("agendaSteps", agendaSteps)
                .put("instances", instances.toJson())
                .put("events", events.toJson());
    }
}
