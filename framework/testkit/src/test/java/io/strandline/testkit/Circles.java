package io.strandline.testkit;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

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

    /** Those of top-level types, of which each uses the next. What is nested counts as its top-level type. */
    static Circles among(Collection<JavaClass> types) {
        Set<String> known = types.stream().map(JavaClass::getName).collect(Collectors.toSet());
        Map<String, Set<String>> used = new TreeMap<>();
        for (JavaClass type : types) {
            Set<String> of = used.computeIfAbsent(topLevel(type), name -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream()
                    .map(Dependency::getTargetClass)
                    .filter(target -> known.contains(target.getName()))
                    .map(Circles::topLevel)
                    .filter(name -> !name.equals(topLevel(type)))
                    .forEach(of::add);
        }
        return new Circles(used);
    }

    static String topLevel(JavaClass type) {
        String name = type.getName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
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
