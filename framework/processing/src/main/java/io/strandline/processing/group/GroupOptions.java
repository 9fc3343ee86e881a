package io.strandline.processing.group;

import io.strandline.Limits;
import io.strandline.OptionsJson;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.Utf8;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a group reads and how its readers agree. The options are kept in the group's state, and all its readers use them.
 * The streams, where the group begins and ends and its parking stream are fixed when it is created. {@link
 * ReaderGroup#setOptions} changes the others.
 */
public class GroupOptions {

    public static final long DEFAULT_LEASE_MILLIS = 10_000;
    public static final long DEFAULT_COMMIT_INTERVAL_MILLIS = 1_000;
    public static final int DEFAULT_MAX_UNCOMMITTED_EVENTS = 100_000;
    public static final int DEFAULT_MAX_ATTEMPTS = 5;
    public static final long DEFAULT_RETRY_BACK_OFF_MILLIS = 100;
    public static final long DEFAULT_MAX_RETRY_BACK_OFF_MILLIS = 10_000;
    public static final int DEFAULT_MAX_CHECKPOINTS = 10;
    public static final long DEFAULT_RETRY_TIMEOUT_MILLIS = 60_000;

    /** Most streams of a group. */
    public static final int MAX_STREAMS = 100;

    /** Most types, or keys, that a filter names. */
    public static final int MAX_FILTER_VALUES = 1_000;

    /** Most bytes of all options together, as JSON. */
    public static final int MAX_JSON_BYTES = 64 << 10;

    private List<String> streams = List.of();
    private StartPosition from = StartPosition.start();
    private List<StreamCut> fromCuts = List.of();
    private List<StreamCut> until = List.of();
    private SortedSet<String> types = new TreeSet<>();
    private SortedSet<String> keys = new TreeSet<>();
    private long leaseMillis = DEFAULT_LEASE_MILLIS;
    private long commitIntervalMillis = DEFAULT_COMMIT_INTERVAL_MILLIS;
    private long automaticCheckpointMillis;
    private int maxUncommittedEvents = DEFAULT_MAX_UNCOMMITTED_EVENTS;
    private int maxAttempts = DEFAULT_MAX_ATTEMPTS;
    private long retryBackOffMillis = DEFAULT_RETRY_BACK_OFF_MILLIS;
    private long maxRetryBackOffMillis = DEFAULT_MAX_RETRY_BACK_OFF_MILLIS;
    private long handlerTimeoutMillis;
    private PoisonPolicy poison = PoisonPolicy.FAIL;
    private boolean holdKeys;
    private @Nullable String parkingStream;
    private boolean holdRetention = true;
    private int maxCheckpoints = DEFAULT_MAX_CHECKPOINTS;
    private long retryTimeoutMillis = DEFAULT_RETRY_TIMEOUT_MILLIS;

    public GroupOptions() {}

    public GroupOptions(GroupOptions other) {
        this(other.toJson());
        this.poison = other.poison; // null in JSON is the default, and here it is a fault
    }

    /**
     * Reads options. A missing option has its default.
     *
     * @throws StrandlineException.Invalid if a value is of another type
     */
    public GroupOptions(JsonObject json) {
        OptionsJson in = new OptionsJson("group options", json);
        this.streams = in.texts("streams");
        this.from = StartPosition.fromJson("from", in.value("from"));
        this.fromCuts = cuts(in.objects("fromCuts"));
        this.until = cuts(in.objects("until"));
        this.types = new TreeSet<>(in.texts("types"));
        this.keys = new TreeSet<>(in.texts("keys"));
        this.leaseMillis = in.whole("leaseMillis", DEFAULT_LEASE_MILLIS);
        this.commitIntervalMillis = in.whole("commitIntervalMillis", DEFAULT_COMMIT_INTERVAL_MILLIS);
        this.automaticCheckpointMillis = in.whole("automaticCheckpointMillis", 0);
        this.maxUncommittedEvents = in.integer("maxUncommittedEvents", DEFAULT_MAX_UNCOMMITTED_EVENTS);
        this.maxAttempts = in.integer("maxAttempts", DEFAULT_MAX_ATTEMPTS);
        this.retryBackOffMillis = in.whole("retryBackOffMillis", DEFAULT_RETRY_BACK_OFF_MILLIS);
        this.maxRetryBackOffMillis = in.whole("maxRetryBackOffMillis", DEFAULT_MAX_RETRY_BACK_OFF_MILLIS);
        this.handlerTimeoutMillis = in.whole("handlerTimeoutMillis", 0);
        this.poison = in.constant("poison", PoisonPolicy.FAIL);
        this.holdKeys = in.flag("holdKeys", false);
        this.parkingStream = in.text("parkingStream");
        this.holdRetention = in.flag("holdRetention", true);
        this.maxCheckpoints = in.integer("maxCheckpoints", DEFAULT_MAX_CHECKPOINTS);
        this.retryTimeoutMillis = in.whole("retryTimeoutMillis", DEFAULT_RETRY_TIMEOUT_MILLIS);
        in.end();
    }

    private static List<StreamCut> cuts(List<JsonObject> cuts) {
        return cuts.stream().map(StreamCut::fromJson).toList();
    }

    /** Full names of the streams that the group reads. At least one, at most {@value #MAX_STREAMS}. */
    public List<String> getStreams() {
        return streams;
    }

    public GroupOptions setStreams(String... streams) {
        this.streams = List.of(Limits.requireGiven("streams", streams));
        return this;
    }

    /**
     * Where a new group begins in each stream. It begins at the start by default, and in streams that a cut does not
     * name. If it begins at a time that is still to come, events that are stamped before that time count as processed.
     */
    public StartPosition getFrom() {
        return from;
    }

    public GroupOptions setFrom(StartPosition from) {
        this.from = Limits.requireGiven("from", from);
        return this;
    }

    /** Where a new group begins in streams for which it is not {@link #getFrom}. At most one cut per stream. */
    public List<StreamCut> getFromCuts() {
        return fromCuts;
    }

    public GroupOptions setFromCuts(StreamCut... cuts) {
        this.fromCuts = List.of(Limits.requireGiven("fromCuts", cuts));
        return this;
    }

    /**
     * Where the group ends: one cut for every stream, or none at all, the default. Readers of a group that has come there
     * end.
     */
    public List<StreamCut> getUntil() {
        return until;
    }

    public GroupOptions setUntil(StreamCut... cuts) {
        this.until = List.of(Limits.requireGiven("until", cuts));
        return this;
    }

    /**
     * Names of the event types that are handed to handlers. If empty, the default, all are. Events of other types count
     * as processed.
     */
    public Set<String> getTypes() {
        return types;
    }

    public GroupOptions setTypes(Collection<String> types) {
        this.types = new TreeSet<>(Limits.requireGiven("types", types));
        return this;
    }

    /**
     * Routing keys whose events are handed to handlers. If empty, the default, all are. Events of other keys count as
     * processed.
     */
    public Set<String> getKeys() {
        return keys;
    }

    public GroupOptions setKeys(Collection<String> keys) {
        this.keys = new TreeSet<>(Limits.requireGiven("keys", keys));
        return this;
    }

    /**
     * How long a reader may be silent before the others take its partitions, in milliseconds. The default is 10 s. A
     * reader shows itself three times per lease. The partitions of a silent reader are read again within twice the lease.
     */
    public long getLeaseMillis() {
        return leaseMillis;
    }

    public GroupOptions setLeaseMillis(long leaseMillis) {
        this.leaseMillis = leaseMillis;
        return this;
    }

    /**
     * Time between two commits of a reader's positions while events come, in milliseconds. The default is 1 s. Events
     * that were processed since the last commit are delivered again after a crash.
     */
    public long getCommitIntervalMillis() {
        return commitIntervalMillis;
    }

    public GroupOptions setCommitIntervalMillis(long commitIntervalMillis) {
        this.commitIntervalMillis = commitIntervalMillis;
        return this;
    }

    /**
     * Time between two automatic checkpoints of the whole group, in milliseconds. The default is 0, for none. Each
     * replaces the one before it, under the name {@value ReaderGroup#AUTOMATIC}.
     */
    public long getAutomaticCheckpointMillis() {
        return automaticCheckpointMillis;
    }

    public GroupOptions setAutomaticCheckpointMillis(long automaticCheckpointMillis) {
        this.automaticCheckpointMillis = automaticCheckpointMillis;
        return this;
    }

    /**
     * Most events of one partition that may be processed and not committed: a reader waits then. So many are delivered again
     * after a crash at most. {@value #DEFAULT_MAX_UNCOMMITTED_EVENTS} by default.
     */
    public int getMaxUncommittedEvents() {
        return maxUncommittedEvents;
    }

    public GroupOptions setMaxUncommittedEvents(int maxUncommittedEvents) {
        this.maxUncommittedEvents = maxUncommittedEvents;
        return this;
    }

    /** Deliveries of an event before the policy decides. The default is {@value #DEFAULT_MAX_ATTEMPTS}. */
    public int getMaxAttempts() {
        return maxAttempts;
    }

    public GroupOptions setMaxAttempts(int maxAttempts) {
        this.maxAttempts = maxAttempts;
        return this;
    }

    /**
     * Pause before the second delivery, in milliseconds. It doubles with each further delivery. The default is {@value
     * #DEFAULT_RETRY_BACK_OFF_MILLIS}.
     */
    public long getRetryBackOffMillis() {
        return retryBackOffMillis;
    }

    public GroupOptions setRetryBackOffMillis(long retryBackOffMillis) {
        this.retryBackOffMillis = retryBackOffMillis;
        return this;
    }

    /** Longest pause before a delivery, in milliseconds. The default is 10 s. */
    public long getMaxRetryBackOffMillis() {
        return maxRetryBackOffMillis;
    }

    public GroupOptions setMaxRetryBackOffMillis(long maxRetryBackOffMillis) {
        this.maxRetryBackOffMillis = maxRetryBackOffMillis;
        return this;
    }

    /**
     * How long a handler may work on one event, in milliseconds. The default is 0, for as long as it likes. If a handler
     * takes longer, its delivery has failed, at most a quarter of the bound later. Another reader then makes the next
     * delivery, or the policy decides if it was the last. A later result of the abandoned handler is ignored, whether it
     * succeeds or fails. That handler may still be at work while the event is delivered again, here or elsewhere, so the
     * bound should be longer than any healthy handler takes.
     */
    public long getHandlerTimeoutMillis() {
        return handlerTimeoutMillis;
    }

    public GroupOptions setHandlerTimeoutMillis(long handlerTimeoutMillis) {
        this.handlerTimeoutMillis = handlerTimeoutMillis;
        return this;
    }

    /** What becomes of an event that could not be processed. The default is {@link PoisonPolicy#FAIL}. */
    public PoisonPolicy getPoison() {
        return poison;
    }

    public GroupOptions setPoison(PoisonPolicy poison) {
        this.poison = poison;
        return this;
    }

    /**
     * Whether later events of a parked event's key are parked too, in order, until all parked events of that key were
     * replayed or dropped. The default is false.
     */
    public boolean isHoldKeys() {
        return holdKeys;
    }

    public GroupOptions setHoldKeys(boolean holdKeys) {
        this.holdKeys = holdKeys;
        return this;
    }

    /**
     * Full name of the stream that takes parked events. The default is null, for a stream in the reserved scope. The
     * stream is created when needed, with one partition. It belongs to this group: {@link ReaderGroup#open} fails with
     * Conflict if another group parks there, or if it holds other events.
     */
    public @Nullable String getParkingStream() {
        return parkingStream;
    }

    public GroupOptions setParkingStream(@Nullable String parkingStream) {
        this.parkingStream = parkingStream;
        return this;
    }

    /** Whether retention by consumption waits for this group. The default is true. */
    public boolean isHoldRetention() {
        return holdRetention;
    }

    public GroupOptions setHoldRetention(boolean holdRetention) {
        this.holdRetention = holdRetention;
        return this;
    }

    /**
     * Most named checkpoints that are kept. Those in progress count, the automatic one does not. The default is {@value
     * #DEFAULT_MAX_CHECKPOINTS}.
     */
    public int getMaxCheckpoints() {
        return maxCheckpoints;
    }

    public GroupOptions setMaxCheckpoints(int maxCheckpoints) {
        this.maxCheckpoints = maxCheckpoints;
        return this;
    }

    /**
     * How long a stream of the group, its parking stream or its state may be unavailable, in milliseconds, before a
     * reader that needs it stops. The default is 60 s, as for pipelines.
     */
    public long getRetryTimeoutMillis() {
        return retryTimeoutMillis;
    }

    public GroupOptions setRetryTimeoutMillis(long retryTimeoutMillis) {
        this.retryTimeoutMillis = retryTimeoutMillis;
        return this;
    }

    /**
     * Checks every value.
     *
     * @throws StrandlineException.Invalid if one is out of its bounds
     */
    public void validate() {
        Limits.require("number of streams", streams.size(), 1, MAX_STREAMS);
        streams.forEach(StreamName::parse);
        Limits.require("number of different streams", new HashSet<>(streams).size(), streams.size(), MAX_STREAMS);
        if (from instanceof StartPosition.Cut cut) {
            requireOfStreams("from", List.of(cut.cut()));
        }
        requireOfStreams("fromCuts", fromCuts);
        requireOfStreams("until", until);
        if (!until.isEmpty()) {
            Limits.require("number of cuts in until", until.size(), streams.size(), streams.size());
        }
        Limits.requireConstant("poison", poison, PoisonPolicy.class);
        Limits.require("number of types", types.size(), 0, MAX_FILTER_VALUES);
        Limits.require("number of keys", keys.size(), 0, MAX_FILTER_VALUES);
        types.forEach(type -> Utf8.requireWhole("event type name in types", type));
        keys.forEach(key -> Utf8.encode("routing key in keys", key, Limits.MAX_KEY_BYTES));
        Limits.require("leaseMillis", leaseMillis, 30, 3_600_000);
        Limits.require("commitIntervalMillis", commitIntervalMillis, 1, 3_600_000);
        Limits.require("automaticCheckpointMillis", automaticCheckpointMillis, 0, 86_400_000);
        Limits.require("maxUncommittedEvents", maxUncommittedEvents, 1, 100_000_000);
        Limits.require("maxAttempts", maxAttempts, 1, 1_000);
        Limits.require("retryBackOffMillis", retryBackOffMillis, 0, 3_600_000);
        Limits.require("maxRetryBackOffMillis", maxRetryBackOffMillis, retryBackOffMillis, 3_600_000);
        Limits.require("handlerTimeoutMillis", handlerTimeoutMillis, 0, 86_400_000);
        if (parkingStream != null) {
            StreamName.parse(parkingStream);
        }
        Limits.require("maxCheckpoints", maxCheckpoints, 1, 10);
        Limits.require("retryTimeoutMillis", retryTimeoutMillis, 0, 3_600_000);
        int bytes = toJson().encode().getBytes(StandardCharsets.UTF_8).length;
        Limits.require("bytes of all options as JSON", bytes, 1, MAX_JSON_BYTES);
    }

    private void requireOfStreams(String what, List<StreamCut> cuts) {
        Set<String> seen = new HashSet<>();
        for (StreamCut cut : cuts) {
            String stream = cut.stream().toString();
            if (!streams.contains(stream) || !seen.add(stream)) {
                throw new StrandlineException.Invalid(
                        what + " names " + stream + ", it must name each of " + streams + " once at most");
            }
        }
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("streams", new JsonArray(new ArrayList<>(streams)))
                .put("from", from.toJson())
                .put("fromCuts", json(fromCuts))
                .put("until", json(until))
                .put("types", new JsonArray(new ArrayList<>(types)))
                .put("keys", new JsonArray(new ArrayList<>(keys)))
                .put("leaseMillis", leaseMillis)
                .put("commitIntervalMillis", commitIntervalMillis)
                .put("automaticCheckpointMillis", automaticCheckpointMillis)
                .put("maxUncommittedEvents", maxUncommittedEvents)
                .put("maxAttempts", maxAttempts)
                .put("retryBackOffMillis", retryBackOffMillis)
                .put("maxRetryBackOffMillis", maxRetryBackOffMillis)
                .put("handlerTimeoutMillis", handlerTimeoutMillis)
                .put("poison", OptionsJson.nameOf(poison))
                .put("holdKeys", holdKeys)
                .put("parkingStream", parkingStream)
                .put("holdRetention", holdRetention)
                .put("maxCheckpoints", maxCheckpoints)
                .put("retryTimeoutMillis", retryTimeoutMillis);
    }

    private static JsonArray json(List<StreamCut> cuts) {
        JsonArray array = new JsonArray();
        cuts.forEach(cut -> array.add(cut.toJson()));
        return array;
    }
}
