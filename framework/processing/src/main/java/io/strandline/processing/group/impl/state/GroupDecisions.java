package io.strandline.processing.group.impl.state;

import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.ReaderGroup;
import io.strandline.processing.group.impl.state.GroupState.HeldKey;
import io.strandline.processing.group.impl.state.GroupState.Member;
import io.strandline.processing.group.impl.state.LeaseWatch.Silent;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What readers may do to the shared state. Each decision looks at the newest state, whatever its reader believed before: a
 * reader whose session or assignment is gone changes nothing.
 *
 * <p>An answer may be lost, and its reader then asks again. A decision about one partition that finds its own effect changes nothing
 * more and is answered as it was at first. A claim has one reader, which decides one thing at a time, and while a session
 * and a generation last nobody else ends a claim. So claim and position tell an effect from that of any other decision.
 *
 * @param group name of the group, for messages
 * @param checked false to believe every claim, so that a test can prove that the check is needed
 */
public record GroupDecisions(String group, boolean checked) {

    /** Options that the group's state holds in other words, and the option that says where parked events are. */
    private static final List<String> FIXED_OPTIONS = List.of("streams", "from", "fromCuts", "until", "parkingStream");

    /** Random parts of a session's number: so many numbers are open to each new session. */
    private static final long SALTS = 1L << 30;

    /**
     * A new session under a name. Refused with Conflict while another reader has the name. Every reader of an earlier opening of
     * the log is dead, so it is expired at once, whatever its name.
     *
     * @param dead the name's last reader, if the caller has seen its lease end
     * @param opening of the log, or 0 if unknown
     * @param salt a random number, 0 or more: when two halves of a cluster have gone on with one state, each by itself, and
     *     one of the two states is lost, its sessions are still told from those of the other
     */
    public Function<GroupState, Decision<Long>> join(String name, @Nullable Silent dead, long opening, long salt) {
        return withRoom(0L, state -> {
            List<GroupUpdate> updates = new ArrayList<>();
            if (state.options() == null) {
                return refusedSession(gone());
            }
            Map<String, Member> living = new TreeMap<>(state.members());
            for (Map.Entry<String, Member> one : state.members().entrySet()) {
                if (one.getValue().isBefore(opening)) {
                    updates.add(expired(state, one.getValue().session()));
                    living.remove(one.getKey());
                }
            }
            Member member = living.get(name);
            if (member != null) {
                if (dead == null || !isOver(state, member, dead)) {
                    return refusedSession(new StrandlineException.Conflict(
                            "reader " + name + " is in group " + group + " already, as session " + member.session()));
                }
                updates.add(expired(state, dead.session()));
            } else if (living.size() >= GroupState.MAX_READERS) {
                return refusedSession(new StrandlineException.Overloaded("group " + group + " has " + living.size()
                        + " readers, the limit is " + GroupState.MAX_READERS));
            }
            long session = state.lastSession() + 1 + salt % SALTS;
            updates.add(new GroupUpdate.Joined(name, session, opening, true));
            return new Decision<>(updates, session, null);
        });
    }

    /** Refuses what a decision would add if the state has no room for it. */
    private <T> Function<GroupState, Decision<T>> withRoom(T refused, Function<GroupState, Decision<T>> decide) {
        return state -> {
            Decision<T> decision = decide.apply(state);
            GroupState after = state;
            for (GroupUpdate update : decision.updates()) {
                after = GroupUpdate.applied(after, update);
            }
            try {
                if (!decision.updates().isEmpty()) {
                    GroupWeight.requireRoom(group, state, after);
                }
                return decision;
            } catch (StrandlineException.Overloaded overloaded) {
                return new Decision<>(List.of(), refused, overloaded);
            }
        };
    }

    private static Decision<Long> refusedSession(StrandlineException refusal) {
        return new Decision<>(List.of(), 0L, refusal);
    }

    private StrandlineException gone() {
        return new StrandlineException.NotFound("group " + group + " does not exist");
    }

    private StrandlineException fenced(long session) {
        return new StrandlineException.Fenced(
                "session " + session + " of group " + group + " is over: its lease ended, or it has left");
    }

    /**
     * Ends the lease of a session that was seen not to beat. Does nothing if it has beaten since, or uses a longer lease.
     */
    public Function<GroupState, Decision<Boolean>> expire(Silent silent) {
        return state -> {
            String name = state.nameOf(silent.session());
            Member member = name == null ? null : state.members().get(name);
            return member == null || !isOver(state, member, silent)
                    ? Decision.nothing()
                    : Decision.of(expired(state, silent.session()));
        };
    }

    private static boolean isOver(GroupState state, Member member, Silent silent) {
        return member.session() == silent.session()
                && member.beats() == silent.beats()
                && state.settings().getLeaseMillis() <= silent.leaseMillis();
    }

    private static GroupUpdate expired(GroupState state, long session) {
        return new GroupUpdate.Expired(session, state.settings().getMaxUncommittedEvents());
    }

    /** Takes free partitions up to the share. This also makes an idle reader ready. */
    public Function<GroupState, Decision<Boolean>> take(long session) {
        return inSession(session, state -> {
            List<GroupUpdate> updates = new ArrayList<>();
            Member member = state.memberOf(session);
            GroupState ready = state;
            if (member != null && member.idle()) {
                updates.add(new GroupUpdate.Ready(session));
                ready = GroupUpdate.applied(state, updates.get(0));
            }
            List<Long> takeable = Assignment.takeable(ready, session);
            if (!takeable.isEmpty()) {
                updates.add(new GroupUpdate.Taken(session, takeable));
            }
            return Decision.of(updates);
        });
    }

    /** Commits positions, as far as they are still this reader's, and beats. Answers what was committed. */
    public Function<GroupState, Decision<List<Progress>>> commit(long session, List<Progress> progress) {
        return state -> {
            StrandlineException refusal = refusal(state, session);
            if (refusal != null) {
                return new Decision<>(List.of(), List.of(), refusal);
            }
            List<GroupUpdate> updates = new ArrayList<>();
            List<Progress> own = own(state, session, progress);
            if (!own.isEmpty()) {
                updates.add(new GroupUpdate.Committed(own));
            }
            updates.add(new GroupUpdate.Beat(session));
            return new Decision<>(updates, own, null);
        };
    }

    /** Gives partitions back at the reader's own positions. */
    public Function<GroupState, Decision<Boolean>> release(long session, List<Progress> progress) {
        return inSession(session, state -> {
            List<Progress> own = own(state, session, progress);
            return own.isEmpty() ? Decision.nothing() : Decision.of(new GroupUpdate.Released(own));
        });
    }

    /**
     * Gives a partition back at the reader's own position, and straight to the reader that has fewest, if there is another one
     * with a handler: taken by share it would come back to the reader that gives it.
     */
    public Function<GroupState, Decision<Boolean>> handOver(long session, Progress at) {
        return inSession(session, state -> {
            if (own(state, session, List.of(at)).isEmpty()) {
                return Decision.nothing();
            }
            List<GroupUpdate> updates = new ArrayList<>();
            updates.add(new GroupUpdate.Released(List.of(at)));
            long next = Assignment.leastLoaded(state, session);
            if (next != 0) {
                updates.add(new GroupUpdate.Taken(next, List.of(at.partition())));
            }
            return Decision.of(updates);
        });
    }

    /** Gives everything back and leaves. Does nothing and answers false if the session is over already. */
    public Function<GroupState, Decision<Boolean>> leave(long session, List<Progress> progress) {
        return state -> {
            if (state.nameOf(session) == null) {
                return new Decision<>(List.of(), false, null);
            }
            List<GroupUpdate> updates = new ArrayList<>();
            List<Progress> own = own(state, session, progress);
            if (!own.isEmpty()) {
                updates.add(new GroupUpdate.Released(own));
            }
            updates.add(new GroupUpdate.Left(session));
            return Decision.of(updates);
        };
    }

    /**
     * The partition was read to its end.
     *
     * @param generation of the group in which the reader got it
     */
    public Function<GroupState, Decision<Boolean>> complete(
            long session, Progress end, long generation, StreamDescription stream, SortedMap<Long, Long> until) {
        Predicate<GroupState> isDone =
                state -> state.generation() == generation && !state.partitions().containsKey(end.partition());
        return withRoom(false, unless(isDone, session, end, state -> {
            PartitionState known = partitionOf(state, end);
            List<Long> others = new ArrayList<>();
            state.partitions().forEach((id, other) -> {
                if (other.stream() == known.stream() && id != end.partition()) {
                    others.add(id);
                }
            });
            SortedMap<Long, PartitionState> successors =
                    Lineage.successors(known.stream(), stream, end.partition(), others, until);
            int partitions = state.partitions().size() - 1 + successors.size();
            return partitions > GroupState.MAX_PARTITIONS
                    ? Decision.refused(tooMany(partitions))
                    : Decision.of(new GroupUpdate.Completed(end.partition(), end.offset(), successors));
        }));
    }

    /**
     * Goes on with the partitions that took over from those that are sealed, whoever has them: for a group that reads nothing. A
     * group whose partitions the stream never had begins again with the open ones, because the stream is another.
     *
     * @param seen the partitions that the group had before the stream was described. Refused with Conflict if it has others by now
     */
    public Function<GroupState, Decision<Boolean>> follow(StreamDescription stream, Set<Long> seen) {
        return withRoom(false, state -> {
            if (state.options() == null) {
                return Decision.refused(gone());
            }
            if (!state.partitions().keySet().equals(seen)) {
                return Decision.refused(new StrandlineException.Conflict("group " + group + " has partitions "
                        + state.partitions().keySet() + " by now, and no longer " + seen));
            }
            if (!stream.byId().keySet().containsAll(seen)) {
                return Decision.of(new GroupUpdate.Reset(Lineage.opened(stream), Generations.next(state.generation())));
            }
            List<GroupUpdate> updates = new ArrayList<>();
            GroupState now = state;
            for (Long sealed = Lineage.sealed(stream, now); sealed != null; sealed = Lineage.sealed(stream, now)) {
                List<Long> others = new ArrayList<>(now.partitions().keySet());
                others.remove(sealed);
                GroupUpdate completed = new GroupUpdate.Completed(
                        sealed, 0, Lineage.successors(0, stream, sealed, others, new TreeMap<>()));
                now = GroupUpdate.applied(now, completed);
                updates.add(completed);
            }
            return now.partitions().size() > GroupState.MAX_PARTITIONS
                    ? Decision.refused(tooMany(now.partitions().size()))
                    : Decision.of(updates);
        });
    }

    /** One more delivery of the event at the position begins. */
    public Function<GroupState, Decision<Boolean>> attempt(long session, Progress begun) {
        return inClaim(session, begun, state -> Decision.of(new GroupUpdate.Committed(List.of(begun))));
    }

    /** The event at the position is passed over. */
    public Function<GroupState, Decision<Boolean>> skip(long session, Progress at, String cause) {
        return unless(
                state -> isHeldAt(state, session, at, at.offset() + 1),
                session,
                at,
                state -> Decision.of(new GroupUpdate.Skipped(
                        at.partition(), at.offset(), at.attempts(), Causes.cut(cause, Causes.MAX_BYTES))));
    }

    /**
     * The event at the position is to be parked.
     *
     * @param holds the key to hold, or null
     */
    public Function<GroupState, Decision<Boolean>> park(
            long session, Progress at, String cause, @Nullable String holds) {
        return withRoom(false, unless(isCondemned(session, at), session, at, state -> {
            boolean holdsAnother = holds != null
                    && state.heldKey(partitionOf(state, at).stream(), holds) == null
                    && state.held().size() >= GroupState.MAX_HELD_KEYS;
            return holdsAnother
                    ? Decision.refused(new StrandlineException.Overloaded("group " + group + " holds "
                            + state.held().size() + " keys, the limit is " + GroupState.MAX_HELD_KEYS))
                    : Decision.of(condemned(at, cause, holds));
        }));
    }

    /** A reader asks for no verdict about an event that has one: it carries it out, or acquits the event first. */
    private static Predicate<GroupState> isCondemned(long session, Progress at) {
        return state -> isHeldAt(state, session, at, at.offset())
                && partitionOf(state, at).verdict() != null;
    }

    private static GroupUpdate condemned(Progress at, String cause, @Nullable String holds) {
        return new GroupUpdate.Condemned(
                at.partition(), at.offset(), at.attempts(), Causes.cut(cause, Causes.MAX_BYTES), holds, true);
    }

    /** The event at the position is not to be parked after all: it is delivered as if nobody had seen it. */
    public Function<GroupState, Decision<Boolean>> acquit(long session, Progress at) {
        return inClaim(session, at, state -> Decision.of(new GroupUpdate.Acquitted(at.partition(), at.offset())));
    }

    /** An event of a held key is to be parked too. Answers false if the key is no longer held. */
    public Function<GroupState, Decision<Boolean>> parkHeld(long session, Progress at, String key) {
        return unless(isCondemned(session, at), session, at, state -> {
            HeldKey held = state.heldKey(partitionOf(state, at).stream(), key);
            if (held == null) {
                return new Decision<>(List.of(), false, null);
            }
            String cause = "the key is held";
            return Decision.of(new GroupUpdate.Condemned(at.partition(), at.offset(), 0, cause, key, false));
        });
    }

    /** Frees a key whose parked events are all settled. Answers false if more of its events were parked meanwhile. */
    public static Function<GroupState, Decision<Boolean>> freeKey(HeldKey settled) {
        return state -> {
            HeldKey held = state.heldKey(settled.stream(), settled.key());
            if (held != null && !held.equals(settled)) {
                return new Decision<>(List.of(), false, null);
            }
            return held == null
                    ? Decision.nothing()
                    : Decision.of(new GroupUpdate.KeyFreed(settled.stream(), settled.key()));
        };
    }

    /** Begins a checkpoint. Does nothing if one of that name is in progress. */
    public Function<GroupState, Decision<Boolean>> beginCheckpoint(String name, boolean replaces) {
        return withRoom(false, state -> {
            if (state.options() == null) {
                return Decision.refused(gone());
            }
            if (state.meetings().containsKey(name)) {
                return Decision.nothing();
            }
            if (state.checkpoints().containsKey(name)) {
                return replaces
                        ? Decision.of(new GroupUpdate.MeetingBegun(name))
                        : Decision.refused(
                                new StrandlineException.Conflict("group " + group + " has a checkpoint " + name));
            }
            int kept = named(state.checkpoints()) + named(state.meetings());
            int most = state.settings().getMaxCheckpoints();
            return kept >= most && !name.equals(ReaderGroup.AUTOMATIC)
                    ? Decision.refused(new StrandlineException.Overloaded(
                            "group " + group + " keeps " + kept + " checkpoints, the limit is " + most + "; drop one"))
                    : Decision.of(new GroupUpdate.MeetingBegun(name));
        });
    }

    /** The automatic checkpoint has a place of its own. */
    private static int named(Map<String, ?> checkpoints) {
        return checkpoints.size() - (checkpoints.containsKey(ReaderGroup.AUTOMATIC) ? 1 : 0);
    }

    /** Notes positions for a checkpoint. */
    public Function<GroupState, Decision<Boolean>> note(long session, String name, List<Progress> progress) {
        return inSession(session, state -> {
            List<Progress> own = own(state, session, progress);
            return own.isEmpty() || !state.meetings().containsKey(name)
                    ? Decision.nothing()
                    : Decision.of(new GroupUpdate.Noted(name, own));
        });
    }

    /**
     * Sets the group back, or forward. Answers false if others have reset it, or have deleted it and created the next one.
     *
     * @param ends the generation in which the attempt has begun
     * @param begins the generation of the attempt, which nothing else has. So the decision knows its own effect
     * @param notBefore what becomes of {@link GroupState#notBefore()}
     */
    public Function<GroupState, Decision<Boolean>> reset(
            long ends,
            long begins,
            Function<GroupState, SortedMap<Long, PartitionState>> target,
            UnaryOperator<SortedMap<Integer, Long>> notBefore) {
        return withRoom(false, state -> {
            if (state.generation() == begins) {
                return Decision.nothing();
            }
            if (state.options() == null) {
                return Decision.refused(gone());
            }
            if (state.generation() != ends) {
                return new Decision<>(List.of(), false, null);
            }
            try {
                TreeMap<Long, PartitionState> partitions = new TreeMap<>(target.apply(state));
                return partitions.size() > GroupState.MAX_PARTITIONS
                        ? Decision.refused(tooMany(partitions.size()))
                        : Decision.of(beginning(
                                new GroupUpdate.Reset(partitions, begins), notBefore.apply(state.notBefore())));
            } catch (StrandlineException refused) {
                return Decision.refused(refused);
            }
        });
    }

    private static List<GroupUpdate> beginning(GroupUpdate begins, SortedMap<Integer, Long> notBefore) {
        return notBefore.isEmpty() ? List.of(begins) : List.of(begins, new GroupUpdate.BeginsAt(notBefore));
    }

    /** Begins the group, unless it exists. */
    public Function<GroupState, Decision<Boolean>> create(
            String options, SortedMap<Long, PartitionState> partitions, SortedMap<Integer, Long> notBefore) {
        return withRoom(false, state -> {
            if (state.options() != null) {
                return Decision.nothing();
            }
            return partitions.size() > GroupState.MAX_PARTITIONS
                    ? Decision.refused(tooMany(partitions.size()))
                    : Decision.of(beginning(new GroupUpdate.Created(options, partitions), notBefore));
        });
    }

    /** Ends the group. Answers false if there is none. */
    public static Function<GroupState, Decision<Boolean>> delete() {
        return state -> state.options() == null
                ? new Decision<>(List.of(), false, null)
                : Decision.of(new GroupUpdate.Deleted(Generations.next(state.generation())));
    }

    /**
     * Reads on under a claim that is greater than another: the parking stream knows that one of this partition, and the state
     * does not, so the state has lost what led there.
     */
    public Function<GroupState, Decision<Boolean>> renew(long session, Progress at, long above) {
        return inClaim(session, at, state -> Decision.of(new GroupUpdate.Renewed(at.partition(), above)));
    }

    /** Changes the options. Refused with Invalid if one differs that cannot change. */
    public Function<GroupState, Decision<Boolean>> changeOptions(GroupOptions options) {
        String text = options.toJson().encode();
        return withRoom(false, state -> {
            if (state.options() == null) {
                return Decision.refused(gone());
            }
            JsonObject before = state.settings().toJson();
            JsonObject after = options.toJson();
            for (String fixed : FIXED_OPTIONS) {
                if (!Objects.equals(before.getValue(fixed), after.getValue(fixed))) {
                    return Decision.refused(new StrandlineException.Invalid(fixed + " of group " + group + " is "
                            + before.getValue(fixed) + " and cannot change to " + after.getValue(fixed)));
                }
            }
            return text.equals(state.options())
                    ? Decision.nothing()
                    : Decision.of(new GroupUpdate.OptionsChanged(text));
        });
    }

    private StrandlineException tooMany(int partitions) {
        return new StrandlineException.Overloaded("group " + group + " would read " + partitions
                + " partitions, the limit is " + GroupState.MAX_PARTITIONS);
    }

    private Function<GroupState, Decision<Boolean>> inSession(
            long session, Function<GroupState, Decision<Boolean>> decide) {
        return state -> {
            StrandlineException refusal = refusal(state, session);
            return refusal == null ? decide.apply(state) : Decision.refused(refusal);
        };
    }

    private @Nullable StrandlineException refusal(GroupState state, long session) {
        if (state.options() == null) {
            return gone();
        }
        return state.nameOf(session) == null && checked ? fenced(session) : null;
    }

    /** As {@link #inSession}, and also Fenced if the partition is no longer this reader's. */
    private Function<GroupState, Decision<Boolean>> inClaim(
            long session, Progress of, Function<GroupState, Decision<Boolean>> decide) {
        return inSession(session, state -> {
            if (own(state, session, List.of(of)).isEmpty()) {
                return Decision.refused(new StrandlineException.Fenced("partition " + of.partition() + " of group "
                        + group + " is no longer session " + session + "'s under claim " + of.claim()));
            }
            return decide.apply(state);
        });
    }

    /** As {@link #inClaim}. Nothing is left to do if the state has the effect of the decision already. */
    private Function<GroupState, Decision<Boolean>> unless(
            Predicate<GroupState> isDone, long session, Progress of, Function<GroupState, Decision<Boolean>> decide) {
        Function<GroupState, Decision<Boolean>> first = inClaim(session, of, decide);
        return inSession(session, state -> isDone.test(state) ? Decision.nothing() : first.apply(state));
    }

    /** Whether a partition is the session's under a claim, at a position. */
    private static boolean isHeldAt(GroupState state, long session, Progress under, long offset) {
        PartitionState known = state.partitions().get(under.partition());
        return known != null && known.owner() == session && known.claim() == under.claim() && known.offset() == offset;
    }

    /** What of this is about partitions that are the session's under the same claim. */
    private List<Progress> own(GroupState state, long session, List<Progress> progress) {
        List<Progress> own = new ArrayList<>(progress.size());
        for (Progress one : progress) {
            PartitionState known = state.partitions().get(one.partition());
            boolean valid = known != null
                    && known.owner() == session
                    && known.claim() == one.claim()
                    && one.offset() >= known.offset();
            if (known != null && (valid || !checked)) {
                own.add(one);
            }
        }
        return own;
    }

    /** The partition that {@link #own} has found. */
    private static PartitionState partitionOf(GroupState state, Progress progress) {
        PartitionState known = state.partitions().get(progress.partition());
        if (known == null) {
            throw new IllegalStateException("partition " + progress.partition() + " is gone");
        }
        return known;
    }
}
