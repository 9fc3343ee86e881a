package io.strandline.processing.aggregate.impl;

import io.strandline.PartitionDescription;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.processing.aggregate.Requirement;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The other aggregates on which commands of one claim rest. All of them are of the claim's partition, so its owner alone appends to them,
 * and compares their versions in the turn in which it decides. Their events on the way to the disk count: if those are lost, the claim
 * ends, and what was decided after them is lost too.
 */
final class RequiredAggregates<C, E, S> {

    private final Setting<C, E, S> setting;
    private final PartitionDescription partition;
    private final HotSet<C, S> hotSet;
    private final Function<String, HotAggregate<C, S>> hotOf;

    /** @param hotOf gives an aggregate of the partition, which is rebuilt if it was not in memory */
    RequiredAggregates(
            Setting<C, E, S> setting,
            PartitionDescription partition,
            HotSet<C, S> hotSet,
            Function<String, HotAggregate<C, S>> hotOf) {
        this.setting = setting;
        this.partition = partition;
        this.hotSet = hotSet;
        this.hotOf = hotOf;
    }

    /**
     * Brings what a command rests on into memory, where it stays until the command is decided.
     *
     * @param whenGathered called later if something has to be rebuilt
     */
    void gather(Call<C, S> call, Runnable whenGathered) {
        call.missing = 0;
        List<Requirement> requirements = call.options.getRequirements();
        List<@Nullable HotAggregate<C, S>> others = requirements.isEmpty() ? List.of() : new ArrayList<>();
        call.others = others;
        for (Requirement requirement : requirements) {
            HotAggregate<C, S> other = isHere(requirement.id()) ? hotOf.apply(requirement.id()) : null;
            others.add(other);
            if (other != null) {
                other.neededBy++;
                if (!other.isRead()) {
                    call.missing++;
                    other.whenRead(() -> {
                        if (--call.missing == 0) {
                            whenGathered.run();
                        }
                    });
                }
            }
        }
    }

    private boolean isHere(String id) {
        byte[] key = id.getBytes(StandardCharsets.UTF_8);
        return partition.keys().contains(KeyHash.of(key, 0, key.length));
    }

    /** The command is decided, or is not to be. */
    void release(Call<C, S> call) {
        List<@Nullable HotAggregate<C, S>> others = call.others;
        call.others = List.of();
        for (HotAggregate<C, S> other : others) {
            if (other != null) {
                other.neededBy--;
                hotSet.changed(other);
            }
        }
    }

    /** Why a command cannot be decided, as its aggregates are now, or null. */
    @Nullable
    Throwable unmet(Call<C, S> call) {
        List<@Nullable HotAggregate<C, S>> others = call.others;
        for (int i = 0; i < others.size(); i++) {
            Throwable cause = unmet(call, call.options.getRequirements().get(i), others.get(i));
            if (cause != null) {
                return cause;
            }
        }
        return null;
    }

    private @Nullable Throwable unmet(Call<C, S> call, Requirement requirement, @Nullable HotAggregate<C, S> other) {
        if (other == null) {
            return new StrandlineException.Invalid("a command for " + call.id + " of " + setting.stream() + " rests on "
                    + requirement.id() + ", which is not in its partition " + partition.id()
                    + ": nothing decides for two partitions together");
        }
        if (other.defect() != null) {
            return other.defect();
        }
        if (!other.mayHaveChanged(requirement)) {
            return null;
        }
        String type = requirement.eventType();
        return new StrandlineException.Conflict("a command for " + call.id + " of " + setting.stream() + " rests on "
                + requirement.id() + " at version " + requirement.version() + ", which has version "
                + other.now().version
                + (type == null ? "" : " and has had, or may have had, an event " + type + " since"));
    }
}
