package io.strandline.internal;

import java.util.Iterator;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The implementation of an interface by a hidden package of the same jar. A public type that has to create a hidden one
 * finds it here, so the arrow between the two packages points one way: hidden packages use the public ones.
 */
public final class Implementation {

    /** A look-up reads files of the class path, so each answer is kept with its interface. */
    private static final ClassValue<Object> FOUND = new ClassValue<>() {
        @Override
        protected Object computeValue(Class<?> type) {
            return load(type);
        }
    };

    private Implementation() {}

    /**
     * The one implementation that the jar of the interface names in {@code META-INF/services}. Callable from any thread.
     *
     * @throws ServiceConfigurationError if there is none or more than one, which a wrongly merged jar causes
     */
    public static <T> T of(Class<T> type) {
        return type.cast(FOUND.get(type));
    }

    private static Object load(Class<?> type) {
        // The loader of the interface: the thread's own may be one that sees none of our jars.
        Iterator<?> found = ServiceLoader.load(type, type.getClassLoader()).iterator();
        if (!found.hasNext()) {
            throw new ServiceConfigurationError(
                    type.getName() + " has no implementation on the class path: its jar must keep META-INF/services/"
                            + type.getName());
        }
        Object first = found.next();
        if (found.hasNext()) {
            throw new ServiceConfigurationError(type.getName() + " has more than one implementation: "
                    + first.getClass().getName() + ", "
                    + found.next().getClass().getName());
        }
        return first;
    }
}
