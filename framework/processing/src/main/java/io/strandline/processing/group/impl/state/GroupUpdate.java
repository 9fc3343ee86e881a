package io.strandline.processing.group.impl.state;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.strandline.json.JsonCodec;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.GroupState.Meeting;
import io.strandline.processing.group.impl.state.GroupState.Member;
import io.strandline.sync.StateModel;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One change of a group's state. Whether it may happen was decided on exactly the state that it is applied to, so applying
 * it asks nothing.
 */
public sealed interface GroupUpdate {

    /** How the state begins, changes and is stored. */
    StateModel<GroupState, GroupUpdate> MODEL = new StateModel<>(
            GroupState.NONE,
            GroupUpdate::applied,
            new GroupStateCodec(),
            JsonCodec.builder(GroupUpdate.class)
                    .type("created", 1, Created.class)
                    .type("deleted", 1, Deleted.class)
                    .type("options-changed", 1, OptionsChanged.class)
                    .type("joined", 1, Joined.class)
                    .type("ready", 1, Ready.class)
                    .type("left", 1, Left.class)
                    .type("expired", 1, Expired.class)
                    .type("beat", 1, Beat.class)
                    .type("taken", 1, Taken.class)
                    .type("renewed", 1, Renewed.class)
                    .type("committed", 1, Committed.class)
                    .type("released", 1, Released.class)
                    .type("completed", 1, Completed.class)
                    .type("skipped", 1, Skipped.class)
                    .type("condemned", 1, Condemned.class)
                    .type("acquitted", 1, Acquitted.class)
                    .type("key-freed", 1, KeyFreed.class)
                    .type("meeting-begun", 1, MeetingBegun.class)
                    .type("noted", 1, Noted.class)
                    .type("checkpoint-dropped", 1, CheckpointDropped.class)
                    .type("reset", 2, Reset.class)
                    .type("begins-at", 1, BeginsAt.class)
                    .upcast("reset", 1, json -> json.put("generation", Reset.UNNUMBERED))
                    .build());

    void applyTo(StateInProgress state);

    static GroupState applied(GroupState before, GroupUpdate update) {
        StateInProgress next = new StateInProgress(before);
        update.applyTo(next);
        return next.done();
    }

    /** The group begins. */
    record Created(String options, @JsonProperty("parts") SortedMap<Long, PartitionState> partitions)
            implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.options = options;
            state.partitions.putAll(partitions);
        }
    }

    /** The group ends. Its numbers go on, so that nothing of it is mistaken for a part of the next group of its name. */
    record Deleted(long generation) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.options = null;
            state.generation = generation;
            state.members.clear();
            state.partitions.clear();
            state.meetings.clear();
            state.checkpoints.clear();
            state.held.clear();
            state.decisions.clear();
            state.notBefore.clear();
        }
    }

    /**
     * The group, which was just created or set back, passes over what was stamped before a time.
     *
     * @param notBefore stream index → time in milliseconds since 1970
     */
    record BeginsAt(SortedMap<Integer, Long> notBefore) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.notBefore.putAll(notBefore);
        }
    }

    /** The group uses other options. */
    record OptionsChanged(String options) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.options = options;
        }
    }

    /**
     * A reader has come.
     *
     * @param opening of its log, or 0 if unknown
     * @param idle true for one that has no handler yet
     */
    @JsonInclude(JsonInclude.Include.NON_DEFAULT)
    record Joined(String name, long session, long opening, boolean idle) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.lastSession = session;
            state.members.put(name, new Member(session, 0, opening, idle));
        }
    }

    /** A reader has a handler: it gets its share from now on. */
    record Ready(long session) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.ready(session);
        }
    }

    /** A reader has gone. What it was given and had not begun to read goes back too. */
    record Left(long session) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.leave(session);
            for (Map.Entry<Long, PartitionState> entry : List.copyOf(state.partitions.entrySet())) {
                if (entry.getValue().owner() == session) {
                    PartitionState left = entry.getValue();
                    state.free(entry.getKey(), left.ownedBy(0, left.claim()));
                }
            }
        }
    }

    /** A reader's lease is over: others go on at its committed positions, with care. */
    record Expired(long session, int horizon) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.leave(session);
            for (Map.Entry<Long, PartitionState> entry : List.copyOf(state.partitions.entrySet())) {
                if (entry.getValue().owner() == session) {
                    state.free(entry.getKey(), entry.getValue().orphaned(horizon));
                }
            }
        }
    }

    /** A reader lives. */
    record Beat(long session) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.beat(session);
        }
    }

    /** A reader has got free partitions. */
    record Taken(long session, List<Long> partitions) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            for (long partition : partitions) {
                state.partitions.computeIfPresent(partition, (id, known) -> known.ownedBy(session, ++state.lastClaim));
            }
        }
    }

    /**
     * A reader reads on under another claim, because the parking stream knows a higher one than the state does.
     *
     * @param above what the new claim is greater than
     */
    record Renewed(long partition, long above) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.lastClaim = Math.max(state.lastClaim, above);
            state.partitions.computeIfPresent(partition, (id, known) -> known.renewed(++state.lastClaim));
        }
    }

    /** A reader has come further. */
    record Committed(List<Progress> progress) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            progress.forEach(state::move);
        }
    }

    /** A reader gives partitions back, at its own positions. */
    record Released(List<Progress> progress) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            for (Progress one : progress) {
                state.move(one);
                PartitionState known = state.partitions.get(one.partition());
                if (known != null) {
                    state.free(one.partition(), known.ownedBy(0, known.claim()));
                }
            }
        }
    }

    /** A partition was read to its end. The partitions that took over its keys come into the group. */
    record Completed(long partition, long offset, SortedMap<Long, PartitionState> successors) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            PartitionState known = state.partitions.get(partition);
            if (known != null) {
                state.free(partition, known.at(offset, 0));
            }
            state.partitions.remove(partition);
            state.partitions.replaceAll(
                    (id, other) -> other.waitsFor().contains(partition) ? other.without(partition) : other);
            state.partitions.putAll(successors);
        }
    }

    /** A poison event is passed over. */
    record Skipped(long partition, long offset, int attempts, String cause) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            PartitionState known = state.partitions.get(partition);
            if (known != null) {
                state.remember(new Decided(known.stream(), partition, offset, attempts, false, cause));
                state.partitions.put(partition, known.at(offset + 1, 0));
            }
        }
    }

    /**
     * An event is to be parked. The position stays at it until it is parked.
     *
     * @param holds the key whose later events are parked too, or null
     * @param decided false for an event that is parked only because its key is held
     */
    record Condemned(
            long partition,
            long offset,
            int attempts,
            String cause,
            @Nullable String holds,
            boolean decided) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            PartitionState known = state.partitions.get(partition);
            if (known == null) {
                return;
            }
            if (decided) {
                state.remember(new Decided(known.stream(), partition, offset, attempts, true, cause));
            }
            if (holds != null) {
                state.hold(new HeldKey(known.stream(), holds, state.generation, partition, offset));
            }
            state.partitions.put(partition, known.at(offset, attempts).condemned(attempts, cause));
        }
    }

    /** An event that was to be parked is delivered after all, because the policy has changed. */
    record Acquitted(long partition, long offset) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.partitions.computeIfPresent(
                    partition, (id, known) -> known.offset() == offset ? known.acquitted() : known);
        }
    }

    /** Nothing of a key is parked any more. */
    record KeyFreed(int stream, String key) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.held.removeIf(one -> one.is(stream, key));
        }
    }

    /** All readers are to note their positions. Those of free partitions are noted at once. */
    record MeetingBegun(String name) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.meetings.put(name, new Meeting(List.copyOf(state.partitions.keySet()), new TreeMap<>()));
            state.completeIfMet(name);
            state.partitions.forEach((id, known) -> {
                if (known.owner() == 0) {
                    state.note(name, id, known.stream(), known.offset());
                }
            });
        }
    }

    /** A reader has noted its positions for a checkpoint. */
    record Noted(String name, List<Progress> progress) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            for (Progress one : progress) {
                PartitionState known = state.partitions.get(one.partition());
                if (known != null) {
                    state.note(name, one.partition(), known.stream(), one.offset());
                }
            }
        }
    }

    /** A checkpoint is given up. */
    record CheckpointDropped(String name) implements GroupUpdate {
        @Override
        public void applyTo(StateInProgress state) {
            state.meetings.remove(name);
            state.checkpoints.remove(name);
        }
    }

    /**
     * The group goes on from other positions, so far without a start time. Nobody owns a partition, and checkpoints in
     * progress are abandoned.
     *
     * @param generation that begins, or {@link #UNNUMBERED}
     */
    record Reset(@JsonProperty("parts") SortedMap<Long, PartitionState> partitions, long generation)
            implements GroupUpdate {

        /** The generation that begins is one more than the last, as version 1 had it. */
        static final long UNNUMBERED = 0;

        @Override
        public void applyTo(StateInProgress state) {
            state.generation = generation == UNNUMBERED ? state.generation + 1 : generation;
            state.partitions.clear();
            partitions.forEach((id, known) -> state.partitions.put(id, known.ownedBy(0, ++state.lastClaim)));
            state.meetings.clear();
            state.notBefore.clear();
        }
    }
}
