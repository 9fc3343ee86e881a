package io.strandline.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The circles of a directed graph: sets of nodes each of which leads to each other (Tarjan's algorithm). */
final class Circles {

    private final Map<String, Set<String>> arrows;
    private final Map<String, Integer> order = new HashMap<>();
    private final ArrayDeque<String> path = new ArrayDeque<>();
    private final Set<String> onPath = new TreeSet<>();
    private final List<Set<String>> found = new ArrayList<>();

    Circles(Map<String, Set<String>> arrows) {
        this.arrows = arrows;
    }

    /** All circles of two nodes or more, the largest first. */
    List<Set<String>> all() {
        arrows.keySet().forEach(node -> {
            if (!order.containsKey(node)) {
                visit(node);
            }
        });
        found.sort(Comparator.comparing((Set<String> circle) -> circle.size()).reversed());
        return found;
    }

    private int visit(String node) {
        int number = order.size();
        order.put(node, number);
        int lowest = number;
        path.push(node);
        onPath.add(node);
        for (String next : arrows.getOrDefault(node, Set.of())) {
            if (!order.containsKey(next)) {
                lowest = Math.min(lowest, visit(next));
            } else if (onPath.contains(next)) {
                lowest = Math.min(lowest, order.getOrDefault(next, lowest));
            }
        }
        if (lowest == number) {
            close(node);
        }
        return lowest;
    }

    private void close(String first) {
        Set<String> circle = new TreeSet<>();
        String node;
        do {
            node = path.pop();
            onPath.remove(node);
            circle.add(node);
        } while (!node.equals(first));
        if (circle.size() > 1) {
            found.add(circle);
        }
    }
}
