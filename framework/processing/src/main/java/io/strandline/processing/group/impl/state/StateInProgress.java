package io.strandline.processing.group.impl.state;

import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.GroupState.Meeting;
import io.strandline.processing.group.impl.state.GroupState.Member;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A {@link GroupState} while one update is applied to it. */
final class StateInProgress {

    @Nullable
    String options;

    long generation;
    long lastSession;
    long lastClaim;
    final TreeMap<String, Member> members;
    final TreeMap<Long, PartitionState> partitions;
    final TreeMap<String, Meeting> meetings;
    final TreeMap<String, SortedMap<Integer, SortedMap<Long, Long>>> checkpoints;
    final List<HeldKey> held;
    final List<Decided> decisions;
    final SortedMap<Integer, Long> notBefore;

    StateInProgress(GroupState from) {
        options = from.options();
        generation = from.generation();
        lastSession = from.lastSession();
        lastClaim = from.lastClaim();
        members = new TreeMap<>(from.members());
        partitions = new TreeMap<>(from.partitions());
        meetings = new TreeMap<>(from.meetings());
        checkpoints = new TreeMap<>(from.checkpoints());
        held = new ArrayList<>(from.held());
        decisions = new ArrayList<>(from.decisions());
        notBefore = new TreeMap<>(from.notBefore());
    }

    GroupState done() {
        return new GroupState(
                options,
                generation,
                lastSession,
                lastClaim,
                members,
                partitions,
                meetings,
                checkpoints,
                held,
                decisions,
                notBefore);
    }

    void beat(long session) {
        members.replaceAll((name, member) -> member.session() == session ? member.beat() : member);
    }

    void ready(long session) {
        members.replaceAll((name, member) -> member.session() == session ? member.ready() : member);
    }

    void move(Progress progress) {
        partitions.computeIfPresent(
                progress.partition(), (id, known) -> known.at(progress.offset(), progress.attempts()));
    }

    /** Takes a partition from its owner. A checkpoint that waits for the owner uses the committed position instead. */
    void free(long partition, PartitionState freed) {
        partitions.put(partition, freed);
        for (String meeting : List.copyOf(meetings.keySet())) {
            note(meeting, partition, freed.stream(), freed.offset());
        }
    }

    /** Notes a position for a checkpoint, which is complete with the last one. */
    void note(String name, long partition, int stream, long offset) {
        Meeting meeting = meetings.get(name);
        if (meeting == null || !meeting.missing().contains(partition)) {
            return;
        }
        List<Long> missing = new ArrayList<>(meeting.missing());
        missing.remove(partition);
        TreeMap<Integer, SortedMap<Long, Long>> cuts = new TreeMap<>(meeting.cuts());
        TreeMap<Long, Long> cut = new TreeMap<>(cuts.getOrDefault(stream, new TreeMap<>()));
        cut.put(partition, offset);
        cuts.put(stream, cut);
        meetings.put(name, new Meeting(missing, cuts));
        completeIfMet(name);
    }

    void completeIfMet(String name) {
        Meeting meeting = meetings.get(name);
        if (meeting != null && meeting.missing().isEmpty()) {
            meetings.remove(name);
            checkpoints.put(name, meeting.cuts());
        }
    }

    void remember(Decided decision) {
        decisions.add(decision);
        if (decisions.size() > GroupState.MAX_DECISIONS) {
            decisions.remove(0);
        }
    }

    void hold(HeldKey key) {
        held.removeIf(one -> one.is(key.stream(), key.key()));
        held.add(key);
    }

    void leave(long session) {
        members.entrySet()
                .removeIf(
                        (Map.Entry<String, Member> member) -> member.getValue().session() == session);
    }
}
