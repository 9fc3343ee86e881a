package io.strandline.processing.aggregate;

import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Functions by the class of what they handle. The classes that a sealed type permits are looked up once, when the handlers are
 * made. Of a type that is not sealed the most special one that was given is searched for at each call.
 *
 * @param <F> the function
 */
final class Handlers<F> {

    private final Map<Class<?>, F> given;
    private final Map<Class<?>, F> byClass;

    private Handlers(Map<Class<?>, F> given, Map<Class<?>, F> byClass) {
        this.given = given;
        this.byClass = byClass;
    }

    /**
     * Makes the handlers of a type.
     *
     * @param defects takes a line for each permitted class that none of the functions handles
     */
    static <F> Handlers<F> of(String what, Class<?> base, Map<Class<?>, F> given, List<String> defects) {
        Map<Class<?>, F> byClass = new HashMap<>(given);
        Set<String> missing = new TreeSet<>();
        fill(base, given, byClass, missing);
        missing.forEach(name -> defects.add(what + " " + name + " is not handled"));
        return new Handlers<>(new HashMap<>(given), byClass);
    }

    private static <F> void fill(Class<?> type, Map<Class<?>, F> given, Map<Class<?>, F> byClass, Set<String> missing) {
        Class<?> @Nullable [] permitted = type.isEnum() ? null : type.getPermittedSubclasses();
        boolean concrete = !Modifier.isAbstract(type.getModifiers()) || permitted == null;
        if (concrete) {
            F found = nearest(type, given);
            if (found == null) {
                missing.add(type.getName());
            } else {
                byClass.put(type, found);
            }
        }
        if (permitted != null) {
            for (Class<?> subclass : permitted) {
                fill(subclass, given, byClass, missing);
            }
        }
    }

    /** The function of the most special class that has this one, or null. */
    private static <F> @Nullable F nearest(Class<?> type, Map<Class<?>, F> given) {
        Class<?> best = null;
        for (Class<?> candidate : given.keySet()) {
            if (candidate.isAssignableFrom(type) && (best == null || best.isAssignableFrom(candidate))) {
                best = candidate;
            }
        }
        return best == null ? null : given.get(best);
    }

    /** The function for a value, or null if none handles it. */
    @Nullable
    F find(Object value) {
        Class<?> type = value instanceof Enum<?> constant ? constant.getDeclaringClass() : value.getClass();
        F found = byClass.get(type);
        return found == null ? nearest(type, given) : found;
    }
}
