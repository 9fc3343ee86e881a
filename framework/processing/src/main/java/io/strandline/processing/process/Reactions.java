package io.strandline.processing.process;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The functions of a process by the class of what they react to. The most special class that fits is taken.
 *
 * @param <S> state of the process
 */
final class Reactions<S> {

    /**
     * What is done about one class.
     *
     * @param key the process instance that an event belongs to. Null if another rule says so
     * @param reaction the function
     */
    record On<S>(@Nullable Function<Object, @Nullable String> key, BiFunction<S, Object, Reaction<S>> reaction) {}

    private final Map<Class<?>, On<S>> byClass = new LinkedHashMap<>();

    /** Adds a function. False if the class has one. */
    <K> boolean add(
            Class<K> type,
            @Nullable Function<? super K, @Nullable String> key,
            BiFunction<? super S, ? super K, Reaction<S>> reaction) {
        Function<Object, @Nullable String> keyOf = key == null ? null : event -> key.apply(type.cast(event));
        return byClass.putIfAbsent(type, new On<>(keyOf, (state, event) -> reaction.apply(state, type.cast(event))))
                == null;
    }

    Map<Class<?>, On<S>> all() {
        return byClass;
    }

    /** What is done about a value, or null if nothing. */
    @Nullable
    On<S> find(Object value) {
        Class<?> best = null;
        for (Class<?> candidate : byClass.keySet()) {
            if (candidate.isInstance(value) && (best == null || best.isAssignableFrom(candidate))) {
                best = candidate;
            }
        }
        return best == null ? null : byClass.get(best);
    }
}
