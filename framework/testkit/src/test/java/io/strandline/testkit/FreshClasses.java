package io.strandline.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** Classes none of which is initialized, as in a process that begins. */
final class FreshClasses extends ClassLoader {

    private static final String OURS = "io.strandline.";

    private FreshClasses() {
        super(FreshClasses.class.getClassLoader());
    }

    /** Why a class cannot be the first one that is initialized. Empty if it can. Exceptions alone are seen, and no threads that wait for each other. */
    static Optional<String> failureOf(String name) {
        try {
            Class.forName(name, true, new FreshClasses());
            return Optional.empty();
        } catch (ClassNotFoundException | LinkageError e) {
            return Optional.of(name + ": " + (e.getCause() == null ? e : e.getCause()));
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null || !name.startsWith(OURS) ? super.loadClass(name, resolve) : define(name);
        }
    }

    private Class<?> define(String name) throws ClassNotFoundException {
        try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (file == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = file.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }
}
