package io.strandline.testkit.cluster;

import io.strandline.testkit.linearizability.LinearizabilityChecker;
import io.strandline.testkit.linearizability.RegisterCall;
import io.strandline.testkit.linearizability.RegisterCall.Kind;
import io.strandline.testkit.linearizability.RegisterCall.Outcome;
import io.strandline.testkit.linearizability.Verdict;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the members of a cluster said of their calls, as histories of registers. */
final class RecordedHistory {

    private record Begun(
            String client,
            long nanos,
            Kind kind,
            String name,
            long expected,
            @Nullable String written) {}

    private final Map<String, Begun> underWay = new LinkedHashMap<>();
    private final Map<String, List<RegisterCall>> byName = new TreeMap<>();
    private int answered;
    private int refused;
    private int unknown;

    /** Takes a line of {@link ClusterMember}. Other lines are skipped. */
    void take(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "I" -> {
                Kind kind = Kind.valueOf(words[4]);
                underWay.put(
                        words[1],
                        new Begun(
                                words[2],
                                Long.parseLong(words[3]),
                                kind,
                                words[5],
                                Long.parseLong(words[6]),
                                kind == Kind.READ ? null : words[7]));
            }
            case "O" -> ok(end(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]), words[4]);
            case "R" -> refused(end(words[1]), Long.parseLong(words[2]));
            case "U" -> unknown(end(words[1]));
            case "N" -> end(words[1]);
            default -> {}
        }
    }

    private Begun end(String call) {
        Begun begun = underWay.remove(call);
        if (begun == null) {
            throw new AssertionError("call " + call + " ended and never began");
        }
        return begun;
    }

    private void ok(Begun call, long nanos, long revision, String text) {
        answered++;
        boolean read = call.kind() == Kind.READ;
        String seen = call.kind() == Kind.UPDATE ? text : null;
        add(
                call,
                new RegisterCall(
                        call.client(),
                        call.kind(),
                        call.expected(),
                        seen,
                        call.written(),
                        call.nanos(),
                        nanos,
                        Outcome.OK,
                        revision,
                        read ? text : null));
    }

    private void refused(Begun call, long nanos) {
        if (call.kind() == Kind.COMPARE_AND_SET) {
            refused++;
            add(
                    call,
                    new RegisterCall(
                            call.client(),
                            call.kind(),
                            call.expected(),
                            null,
                            null,
                            call.nanos(),
                            nanos,
                            Outcome.REFUSED,
                            0,
                            null));
        }
    }

    private void unknown(Begun call) {
        if (call.kind() != Kind.READ) {
            unknown++;
            add(
                    call,
                    new RegisterCall(
                            call.client(),
                            call.kind(),
                            call.expected(),
                            null,
                            call.written(),
                            call.nanos(),
                            RegisterCall.NEVER,
                            Outcome.UNKNOWN,
                            0,
                            null));
        }
    }

    private void add(Begun call, RegisterCall ended) {
        byName.computeIfAbsent(call.name(), first -> new ArrayList<>()).add(ended);
    }

    /** Checks each name. No more lines are taken afterwards. */
    Map<String, Verdict> verdicts() {
        underWay.values().forEach(this::unknown);
        underWay.clear();
        Map<String, Verdict> verdicts = new TreeMap<>();
        byName.forEach((name, calls) -> verdicts.put(name, LinearizabilityChecker.check(calls, ClusterMember.INITIAL)));
        return verdicts;
    }

    /**
     * How many acknowledged writes are surely gone: of several that were told the same revision all but one, and those above
     * the revision that the last reads saw. What a verdict means in updates, for stores that cannot do better.
     */
    int lost() {
        int lost = 0;
        for (List<RegisterCall> calls : byName.values()) {
            Set<Long> revisions = new HashSet<>();
            long last = calls.stream()
                    .filter(call -> call.kind() == Kind.READ)
                    .max(Comparator.comparingLong(RegisterCall::invokedNanos))
                    .map(RegisterCall::revision)
                    .orElse(0L);
            for (RegisterCall call : calls) {
                boolean acknowledged = call.outcome() == Outcome.OK && call.kind() != Kind.READ;
                lost += acknowledged && (call.revision() > last || !revisions.add(call.revision())) ? 1 : 0;
            }
        }
        return lost;
    }

    int answered() {
        return answered;
    }

    @Override
    public String toString() {
        long writes = byName.values().stream()
                .flatMap(List::stream)
                .filter(call -> call.outcome() == Outcome.OK && call.kind() != Kind.READ)
                .count();
        return answered + " calls answered, " + writes + " of them writes, " + refused + " refused, " + unknown
                + " of unknown outcome";
    }
}
