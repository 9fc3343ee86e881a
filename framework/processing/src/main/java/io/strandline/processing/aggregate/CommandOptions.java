package io.strandline.processing.aggregate;

import io.strandline.Headers;
import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is said beside a command: its id, the version that it expects, what other aggregates must be like, and what its events tell about
 * where they come from.
 */
public class CommandOptions {

    /** Name of the header in which the events of a command have its id. */
    public static final String COMMAND_ID = "command-id";

    /** Most requirements of a command. */
    public static final int MAX_REQUIREMENTS = 16;

    private @Nullable String commandId;
    private @Nullable Long expectedVersion;
    private Headers headers = Headers.NONE;
    private List<Requirement> requirements = List.of();

    public CommandOptions() {}

    public CommandOptions(CommandOptions other) {
        this.commandId = other.commandId;
        this.expectedVersion = other.expectedVersion;
        this.headers = other.headers;
        this.requirements = other.requirements;
    }

    /**
     * Reads the options.
     *
     * @throws StrandlineException.Invalid if a value is of another type, or a name that does not exist
     */
    public CommandOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("command options", json);
        this.commandId = in.text("commandId");
        this.expectedVersion = !in.has("expectedVersion") ? null : in.whole("expectedVersion", 0);
        JsonObject given = in.object("headers");
        for (String name : given.fieldNames()) {
            if (!(given.getValue(name) instanceof String text)) {
                throw new StrandlineException.Invalid(
                        "headers." + name + " is " + given.getValue(name) + ", it must be text");
            }
            putHeader(name, text);
        }
        for (JsonObject requirement : in.objects("requirements")) {
            OptionsJson each = new OptionsJson("requirement", requirement);
            require(new Requirement(String.valueOf(each.text("id")), each.text("eventType"), each.whole("version", 0)));
            each.end();
        }
        in.end();
    }

    /** The id under which the command is executed once. None by default. */
    public @Nullable String getCommandId() {
        return commandId;
    }

    /**
     * Sets the id. An aggregate remembers the ids of its last commands ({@link AggregateOptions#getCommandIds}) that appended
     * something: one that comes again gets the first answer, also after a restart. A command that was rejected, or changed nothing, is
     * decided again.
     *
     * @param commandId 1 to {@value Aggregate#MAX_ID_LENGTH} characters, or null for a command that is executed whenever it comes
     */
    public CommandOptions setCommandId(@Nullable String commandId) {
        this.commandId = commandId;
        return this;
    }

    /** The version that the aggregate must have. Any by default. */
    public @Nullable Long getExpectedVersion() {
        return expectedVersion;
    }

    /**
     * Sets the version that the aggregate must have when the command is decided. Else it fails with {@link
     * StrandlineException.Conflict}, which names both. 0 is that of an aggregate without events.
     */
    public CommandOptions setExpectedVersion(@Nullable Long expectedVersion) {
        this.expectedVersion = expectedVersion;
        return this;
    }

    /** What other aggregates must be like, at most {@value #MAX_REQUIREMENTS} of them. Nothing by default. */
    public List<Requirement> getRequirements() {
        return requirements;
    }

    /**
     * Requires that another aggregate has had no event since it was read ({@link Aggregates#state}): the command rests on its state. If
     * it has changed when the command is decided, the command fails with {@link StrandlineException.Conflict}, and the caller reads it
     * again. An aggregate without events has version 0. A repeated command is answered without looking at what it requires.
     *
     * <p>Both must be in one partition. Otherwise the command fails with {@link StrandlineException.Invalid}, which names both: nothing
     * decides for two partitions together.
     *
     * @param id of the other aggregate
     * @param version that it must still have
     */
    public CommandOptions requireUnchanged(String id, long version) {
        return require(new Requirement(id, null, version));
    }

    /**
     * As {@link #requireUnchanged}, and only events of one type count. The owner knows the types of the events since it was asked first,
     * and while the aggregate stays in memory. If it does not know enough, and there were events since the version, the command fails
     * with {@link StrandlineException.Conflict} too. A version that was just read is new enough.
     *
     * @param id of the other aggregate, or of the same one
     * @param eventType name under which the events are stored. A name that no event has is met by every aggregate
     * @param version after which it has had no such event
     */
    public CommandOptions requireNoEvent(String id, String eventType, long version) {
        return require(new Requirement(id, eventType, version));
    }

    private CommandOptions require(Requirement added) {
        List<Requirement> all = new ArrayList<>(requirements);
        all.add(added);
        requirements = List.copyOf(all);
        return this;
    }

    /** What each event of the command has beside it. */
    public Headers getHeaders() {
        return headers;
    }

    /**
     * Adds a header that each event of the command gets.
     *
     * @throws StrandlineException.Invalid if there are too many, a name or text is none that headers take, or the name is {@value
     *     #COMMAND_ID}
     */
    public CommandOptions putHeader(String name, String text) {
        if (name.equals(COMMAND_ID)) {
            throw new StrandlineException.Invalid("header " + COMMAND_ID + " is set by the command's id");
        }
        headers = headers.with(name, text);
        return this;
    }

    /**
     * Sets all headers that each event of the command gets, in place of those that it had.
     *
     * @throws StrandlineException.Invalid if one is of bytes, or has the name {@value #COMMAND_ID}
     */
    public CommandOptions setHeaders(Headers headers) {
        Headers given = Limits.requireGiven("headers", headers);
        CommandOptions checked = new CommandOptions();
        given.names().forEach(name -> checked.putHeader(name, String.valueOf(given.text(name))));
        this.headers = given;
        return this;
    }

    /** Sets the id that all events of one undertaking share. */
    public CommandOptions setCorrelationId(String correlationId) {
        return putHeader(Headers.CORRELATION_ID, correlationId);
    }

    /** Sets the id of the command or event that led to this command. */
    public CommandOptions setCausationId(String causationId) {
        return putHeader(Headers.CAUSATION_ID, causationId);
    }

    /** Says on whose behalf the command comes. */
    public CommandOptions setUser(String user) {
        return putHeader(Headers.USER, user);
    }

    /** Sets the parent of the trace, as W3C Trace Context defines it. */
    public CommandOptions setTraceparent(String traceparent) {
        return putHeader(Headers.TRACEPARENT, traceparent);
    }

    /** Sets the vendors' part of the trace, as W3C Trace Context defines it. */
    public CommandOptions setTracestate(String tracestate) {
        return putHeader(Headers.TRACESTATE, tracestate);
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        if (commandId != null) {
            Utf8.requireWhole("command id", commandId);
            if (commandId.isEmpty() || commandId.length() > Aggregate.MAX_ID_LENGTH) {
                throw new StrandlineException.Invalid("command id is \"" + Utf8.shown(commandId) + "\" with "
                        + commandId.length() + " characters, it must have 1 to " + Aggregate.MAX_ID_LENGTH);
            }
        }
        if (expectedVersion != null) {
            Limits.require("expectedVersion", expectedVersion, 0, Long.MAX_VALUE);
        }
        Limits.require("number of requirements", requirements.size(), 0, MAX_REQUIREMENTS);
    }

    public JsonObject toJson() {
        JsonObject named = new JsonObject();
        headers.names().forEach(name -> named.put(name, headers.text(name)));
        JsonArray required = new JsonArray();
        requirements.forEach(each -> required.add(new JsonObject()
                .put("id", each.id())
                .put("eventType", each.eventType())
                .put("version", each.version())));
        return new JsonObject()
                .put("commandId", commandId)
                .put("expectedVersion", expectedVersion)
                .put("headers", named)
                .put("requirements", required);
    }
}
