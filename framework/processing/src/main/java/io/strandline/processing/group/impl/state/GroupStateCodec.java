package io.strandline.processing.group.impl.state;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.json.JsonCodec;
import io.strandline.processing.group.impl.state.GroupState.Decided;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.GroupState.Meeting;
import io.strandline.processing.group.impl.state.GroupState.Member;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The bytes of a group's whole state, so short that the largest one that {@link GroupWeight} allows fits into a store. Version 1 was
 * JSON, and is still read.
 *
 * <pre>
 *  version 3; version 2 ends with the decisions
 *  text        options, or nothing
 *  number      generation · last session · last claim
 *  list        members: text name · number session · number beats · number opening · byte idle
 *  list        partitions: number id, less the one before · number stream · number offset · number until + 1
 *              · list of numbers it waits for · number owner · number claim · number attempts
 *              · number suspect until · number stride · text verdict · number condemned under
 *  list        meetings: text name · list of numbers that are missing · cuts
 *  list        checkpoints: text name · cuts
 *  list        held keys: number stream · text key · number generation · number partition · number offset
 *  list        decisions: number stream · number partition · number offset · number attempts · byte parked · text cause
 *
 *  list        times: number stream · number milliseconds since 1970
 *
 *  cuts        list of: number stream · list of: number partition, less the one before · number offset
 *  number      7 bits a byte, the lowest first; all but the last byte have the highest bit set
 *  text        number: 0 for nothing, else length in bytes + 1 · UTF-8
 *  list        number of elements · elements
 * </pre>
 */
final class GroupStateCodec implements EventCodec<GroupState> {

    private static final String NAME = "group-state";
    private static final int VERSION = 3;
    private static final int VERSION_WITHOUT_TIMES = 2;
    private static final EventType TYPE = new EventType(NAME, VERSION);
    private static final JsonCodec<GroupState> VERSION_1 = JsonCodec.of(NAME, 1, GroupState.class);

    @Override
    public EventType typeOf(GroupState state) {
        return TYPE;
    }

    // ---- write

    @Override
    public void encode(GroupState state, PayloadOutput output) throws IOException {
        CompactOutput out = new CompactOutput(output);
        out.text(state.options());
        out.number(state.generation());
        out.number(state.lastSession());
        out.number(state.lastClaim());
        out.number(state.members().size());
        state.members().forEach((name, member) -> {
            out.text(name);
            out.number(member.session());
            out.number(member.beats());
            out.number(member.opening());
            out.flag(member.idle());
        });
        partitions(out, state.partitions());
        out.number(state.meetings().size());
        state.meetings().forEach((name, meeting) -> {
            out.text(name);
            numbers(out, meeting.missing());
            cuts(out, meeting.cuts());
        });
        out.number(state.checkpoints().size());
        state.checkpoints().forEach((name, cuts) -> {
            out.text(name);
            cuts(out, cuts);
        });
        poisonAndTimes(out, state);
    }

    private static void partitions(CompactOutput out, SortedMap<Long, PartitionState> partitions) {
        out.number(partitions.size());
        long[] before = new long[1];
        partitions.forEach((id, known) -> {
            out.number(id - before[0]);
            before[0] = id;
            out.number(known.stream());
            out.number(known.offset());
            out.number(known.until() + 1);
            numbers(out, known.waitsFor());
            out.number(known.owner());
            out.number(known.claim());
            out.number(known.attempts());
            out.number(known.suspectUntil());
            out.number(known.stride());
            out.text(known.verdict());
            out.number(known.condemnedUnder());
        });
    }

    private static void numbers(CompactOutput out, List<Long> numbers) {
        out.number(numbers.size());
        numbers.forEach(out::number);
    }

    private static void cuts(CompactOutput out, SortedMap<Integer, SortedMap<Long, Long>> cuts) {
        out.number(cuts.size());
        cuts.forEach((stream, cut) -> {
            out.number(stream);
            out.number(cut.size());
            long[] before = new long[1];
            cut.forEach((partition, offset) -> {
                out.number(partition - before[0]);
                before[0] = partition;
                out.number(offset);
            });
        });
    }

    private static void poisonAndTimes(CompactOutput out, GroupState state) {
        out.number(state.held().size());
        for (HeldKey held : state.held()) {
            out.number(held.stream());
            out.text(held.key());
            out.number(held.generation());
            out.number(held.partition());
            out.number(held.offset());
        }
        out.number(state.decisions().size());
        for (Decided decided : state.decisions()) {
            out.number(decided.stream());
            out.number(decided.partition());
            out.number(decided.offset());
            out.number(decided.attempts());
            out.flag(decided.parked());
            out.text(decided.cause());
        }
        out.number(state.notBefore().size());
        state.notBefore().forEach((stream, millis) -> {
            out.number(stream);
            out.number(millis);
        });
    }

    // ---- read

    @Override
    public GroupState decode(EventType type, byte[] bytes, int from, int length) throws IOException {
        if (type.version() < VERSION_WITHOUT_TIMES) {
            return VERSION_1.decode(type, bytes, from, length);
        }
        CompactInput in = new CompactInput(bytes, from, length);
        GroupState state = new GroupState(
                in.text(),
                in.number(),
                in.number(),
                in.number(),
                members(in),
                partitions(in),
                meetings(in),
                checkpoints(in),
                held(in),
                decisions(in),
                type.version() == VERSION_WITHOUT_TIMES ? new TreeMap<>() : times(in));
        in.requireEnd();
        return state;
    }

    private static SortedMap<String, Member> members(CompactInput in) throws IOException {
        TreeMap<String, Member> members = new TreeMap<>();
        for (int left = in.size(); left > 0; left--) {
            members.put(in.presentText(), new Member(in.number(), in.number(), in.number(), in.flag()));
        }
        return members;
    }

    private static SortedMap<Long, PartitionState> partitions(CompactInput in) throws IOException {
        TreeMap<Long, PartitionState> partitions = new TreeMap<>();
        long id = 0;
        for (int left = in.size(); left > 0; left--) {
            id += in.number();
            partitions.put(
                    id,
                    new PartitionState(
                            (int) in.number(),
                            in.number(),
                            in.number() - 1,
                            numbers(in),
                            in.number(),
                            in.number(),
                            (int) in.number(),
                            in.number(),
                            (int) in.number(),
                            in.text(),
                            in.number()));
        }
        return partitions;
    }

    private static List<Long> numbers(CompactInput in) throws IOException {
        List<Long> numbers = new ArrayList<>();
        for (int left = in.size(); left > 0; left--) {
            numbers.add(in.number());
        }
        return numbers;
    }

    private static SortedMap<String, Meeting> meetings(CompactInput in) throws IOException {
        TreeMap<String, Meeting> meetings = new TreeMap<>();
        for (int left = in.size(); left > 0; left--) {
            meetings.put(in.presentText(), new Meeting(numbers(in), cuts(in)));
        }
        return meetings;
    }

    private static SortedMap<String, SortedMap<Integer, SortedMap<Long, Long>>> checkpoints(CompactInput in)
            throws IOException {
        TreeMap<String, SortedMap<Integer, SortedMap<Long, Long>>> checkpoints = new TreeMap<>();
        for (int left = in.size(); left > 0; left--) {
            checkpoints.put(in.presentText(), cuts(in));
        }
        return checkpoints;
    }

    private static SortedMap<Integer, SortedMap<Long, Long>> cuts(CompactInput in) throws IOException {
        TreeMap<Integer, SortedMap<Long, Long>> cuts = new TreeMap<>();
        for (int left = in.size(); left > 0; left--) {
            int stream = (int) in.number();
            TreeMap<Long, Long> cut = new TreeMap<>();
            long partition = 0;
            for (int more = in.size(); more > 0; more--) {
                partition += in.number();
                cut.put(partition, in.number());
            }
            cuts.put(stream, cut);
        }
        return cuts;
    }

    private static SortedMap<Integer, Long> times(CompactInput in) throws IOException {
        TreeMap<Integer, Long> times = new TreeMap<>();
        for (int left = in.size(); left > 0; left--) {
            times.put((int) in.number(), in.number());
        }
        return times;
    }

    private static List<HeldKey> held(CompactInput in) throws IOException {
        List<HeldKey> held = new ArrayList<>();
        for (int left = in.size(); left > 0; left--) {
            held.add(new HeldKey((int) in.number(), in.presentText(), in.number(), in.number(), in.number()));
        }
        return held;
    }

    private static List<Decided> decisions(CompactInput in) throws IOException {
        List<Decided> decisions = new ArrayList<>();
        for (int left = in.size(); left > 0; left--) {
            decisions.add(new Decided(
                    (int) in.number(), in.number(), in.number(), (int) in.number(), in.flag(), in.presentText()));
        }
        return decisions;
    }
}
