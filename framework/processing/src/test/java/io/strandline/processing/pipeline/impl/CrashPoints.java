package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The calls to the log at which a process is to crash, one a life, where each life begins with a fresh log: each life crashes at
 * its first call at which none before it has crashed. A life that makes no other call comes to its end, and then every call has been a crash. Tasks run side by side, so
 * the calls of a life have no fixed order. A call is therefore known by its kind and its number.
 */
final class CrashPoints {

    /** More would mean that the kinds of calls are others in each life, so that no life ever comes to its end. */
    private static final int MOST_LIVES = 400;

    /** One of several calls of a kind, counted from 1. */
    record Call(String kind, int number) {}

    private final Predicate<Call> counts;
    private final Set<Call> crashedAt = new LinkedHashSet<>();

    /** Every call. */
    CrashPoints() {
        this(call -> true);
    }

    /** @param counts the calls at which lives are to crash */
    CrashPoints(Predicate<Call> counts) {
        this.counts = counts;
    }

    /** Has a process crash at its next call at which no process has crashed. */
    void watch(MemoryStrandline strandline) {
        assertThat(crashedAt()).hasSizeLessThan(MOST_LIVES);
        Map<String, Integer> numbers = new HashMap<>();
        strandline.watch(kind -> {
            synchronized (crashedAt) {
                Call call = new Call(kind, numbers.merge(kind, 1, Integer::sum));
                if (counts.test(call) && !crashedAt.contains(call) && strandline.crash()) {
                    crashedAt.add(call);
                }
            }
        });
    }

    /** Where processes have crashed, in the order of their lives. */
    List<Call> crashedAt() {
        synchronized (crashedAt) {
            return List.copyOf(crashedAt);
        }
    }

    Set<String> kinds() {
        return crashedAt().stream().map(Call::kind).collect(Collectors.toSet());
    }
}
