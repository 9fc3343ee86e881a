package io.strandline.processing.group.impl.state;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.strandline.processing.group.GroupOptions;
import io.strandline.spi.LogPort;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The shared state of a reader group: who reads, what, and how far. It is a value. {@link GroupUpdate} changes it.
 *
 * @param options the options as JSON, or null for a group that was not created or was deleted
 * @param generation rises when the group is reset or deleted ({@link Generations}). It outlives deletion, as the next two do
 * @param lastSession the newest session that was given out
 * @param lastClaim the newest claim that was given out
 * @param members name → reader
 * @param partitions partition → what is known of it, for all that are not read to their ends. Version 1 stored
 *     them under their former name
 * @param meetings name → checkpoint in progress
 * @param checkpoints name → stream index → partition → offset
 * @param held routing keys whose events are parked
 * @param decisions the newest decisions about poison events, newest last
 * @param notBefore stream index → time in milliseconds since 1970 at which the group began, or was set back to. Events of
 *     that stream with an earlier stamp count as processed
 */
@JsonInclude(JsonInclude.Include.NON_DEFAULT)
public record GroupState(
        @Nullable String options,
        long generation,
        long lastSession,
        long lastClaim,
        SortedMap<String, Member> members,
        @JsonProperty("parts") SortedMap<Long, PartitionState> partitions,
        SortedMap<String, Meeting> meetings,
        SortedMap<String, SortedMap<Integer, SortedMap<Long, Long>>> checkpoints,
        List<HeldKey> held,
        List<Decided> decisions,
        SortedMap<Integer, Long> notBefore) {

    /** Most readers of a group. */
    static final int MAX_READERS = 1_000;

    /** Most partitions of all its streams together that a group reads at a time. */
    public static final int MAX_PARTITIONS = 2_000;

    /** Most routing keys that a group holds back. */
    static final int MAX_HELD_KEYS = 100;

    /** How many decisions about poison events are remembered. */
    static final int MAX_DECISIONS = 100;

    /** Longest cause that is remembered, in characters. */
    public static final int MAX_CAUSE_LENGTH = 200;

    public static final GroupState NONE = new GroupState(
            null,
            0,
            0,
            0,
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            List.of(),
            List.of(),
            new TreeMap<>());

    public GroupState {
        members = sorted(members);
        partitions = sorted(partitions);
        meetings = sorted(meetings);
        checkpoints = sorted(checkpoints);
        held = held == null ? List.of() : List.copyOf(held);
        decisions = decisions == null ? List.of() : List.copyOf(decisions);
        notBefore = sorted(notBefore);
    }

    private static <K extends Comparable<K>, V> SortedMap<K, V> sorted(@Nullable Map<K, V> map) {
        return Collections.unmodifiableSortedMap(map == null ? new TreeMap<>() : new TreeMap<>(map));
    }

    /**
     * A reader.
     *
     * @param session its number, unique in the group
     * @param beats rises while it lives
     * @param opening of the log by which it reads, as {@link io.strandline.spi.LogPort#opening} numbers it. 0 if unknown
     * @param idle true while it has no handler: it gets no partitions
     */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    public record Member(long session, long beats, long opening, boolean idle) {

        /** The same reader, heard once more. */
        Member beat() {
            return new Member(session, beats + 1, opening, idle);
        }

        /** The same reader, with a handler. */
        Member ready() {
            return new Member(session, beats + 1, opening, false);
        }

        /**
         * True if it read by an earlier opening of the log than this one: then it is dead, because a log that numbers its
         * openings is open once at a time.
         */
        boolean isBefore(long current) {
            return opening != LogPort.UNKNOWN_OPENING && opening < current;
        }
    }

    /**
     * A checkpoint in progress.
     *
     * @param missing partitions whose readers have not noted their positions yet
     * @param cuts stream index → partition → offset, as noted
     */
    public record Meeting(List<Long> missing, SortedMap<Integer, SortedMap<Long, Long>> cuts) {

        public Meeting {
            missing = missing == null ? List.of() : List.copyOf(missing);
            cuts = sorted(cuts);
        }
    }

    /**
     * A routing key whose events are parked until its parked ones are replayed or dropped. The last fields name the newest
     * event of the key that is parked, or about to be.
     */
    public record HeldKey(int stream, String key, long generation, long partition, long offset) {

        boolean is(int ofStream, String other) {
            return stream == ofStream && key.equals(other);
        }
    }

    /** A decision about a poison event. */
    public record Decided(int stream, long partition, long offset, int attempts, boolean parked, String cause) {}

    /** The options as an object. To be called on the state of a group that exists. */
    public GroupOptions settings() {
        return options == null ? new GroupOptions() : StoredSettings.read(options);
    }

    /** The reader with a session, or null if it is no longer, or not yet, in the group. */
    @Nullable
    public String nameOf(long session) {
        for (Map.Entry<String, Member> member : members.entrySet()) {
            if (member.getValue().session() == session) {
                return member.getKey();
            }
        }
        return null;
    }

    @Nullable
    public HeldKey heldKey(int stream, @Nullable String key) {
        if (key != null) {
            for (HeldKey one : held) {
                if (one.is(stream, key)) {
                    return one;
                }
            }
        }
        return null;
    }

    /** The reader with a session, or null, as {@link #nameOf}. */
    @Nullable
    public Member memberOf(long session) {
        String name = nameOf(session);
        return name == null ? null : members.get(name);
    }

    /** True if a bounded group has read everything. */
    public boolean ended() {
        return options != null && partitions.isEmpty();
    }
}
