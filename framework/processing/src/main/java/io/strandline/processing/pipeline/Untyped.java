package io.strandline.processing.pipeline;

import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Lets the functions of an application take objects of any type. The types of {@link Events} have made sure that each
 * function receives what the operator before it passes on.
 */
@SuppressWarnings("unchecked") // said above
final class Untyped {

    private Untyped() {}

    static <R extends @Nullable Object> Function<Object, R> function(Function<?, R> function) {
        return (Function<Object, R>) function;
    }

    static Function<Object, @Nullable Object> nullable(Function<?, ?> function) {
        return (Function<Object, @Nullable Object>) function;
    }

    static <C, R extends @Nullable Object> BiFunction<Object, C, R> biFunction(BiFunction<?, C, ? extends R> function) {
        return (BiFunction<Object, C, R>) function;
    }

    static <C> BiPredicate<Object, C> biPredicate(BiPredicate<?, C> predicate) {
        return (BiPredicate<Object, C>) predicate;
    }

    static ToLongFunction<Object> toLong(ToLongFunction<?> function) {
        return (ToLongFunction<Object>) function;
    }

    static BiFunction<Object, Object, Object> both(BiFunction<?, ?, ?> function) {
        return (BiFunction<Object, Object, Object>) function;
    }

    static BiFunction<@Nullable Object, @Nullable Object, @Nullable Object> joiner(BiFunction<?, ?, ?> function) {
        return (BiFunction<@Nullable Object, @Nullable Object, @Nullable Object>) function;
    }

    static BinaryOperator<Object> merge(BinaryOperator<?> function) {
        return (BinaryOperator<Object>) function;
    }

    static Step<Object, Object, Object> step(Step<?, ?, ?> step) {
        return (Step<Object, Object, Object>) step;
    }

    static TimerStep<Object, Object> timer(TimerStep<?, ?> step) {
        return (TimerStep<Object, Object>) step;
    }
}
