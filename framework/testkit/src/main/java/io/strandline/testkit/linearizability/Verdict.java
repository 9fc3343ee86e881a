package io.strandline.testkit.linearizability;

import java.util.List;

/** What a checker found. */
public sealed interface Verdict {

    /**
     * The history could have happened one call after the other.
     *
     * @param order such an order. It contains calls of unknown outcome if they had to take effect
     */
    record Linearizable(List<RegisterCall> order) implements Verdict {

        public Linearizable {
            order = List.copyOf(order);
        }
    }

    /**
     * There is no such order.
     *
     * @param longest the longest partial order
     * @param revision the register's revision after it
     * @param stuck the calls that would have had to come next, but none could
     */
    record Violated(List<RegisterCall> longest, long revision, List<RegisterCall> stuck) implements Verdict {

        private static final int SHOWN = 12;

        public Violated {
            longest = List.copyOf(longest);
            stuck = List.copyOf(stuck);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("not linearizable: after ")
                    .append(longest.size())
                    .append(" calls, at revision ")
                    .append(revision)
                    .append(", the last of them\n");
            longest.subList(Math.max(0, longest.size() - SHOWN), longest.size())
                    .forEach(call -> text.append("  ").append(call).append('\n'));
            text.append("none of these can be next:\n");
            stuck.stream()
                    .limit(SHOWN)
                    .forEach(call -> text.append("  ").append(call).append('\n'));
            return text.toString();
        }
    }
}
