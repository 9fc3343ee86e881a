package io.strandline.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Each class can be the first that a process uses: no two of them wait for constants of each other. Only those can wait that use each
 * other in a circle, and those that share a file.
 */
class InitializationTest {

    private static final String ROOT = "io.strandline";

    @Test
    void any_class_may_be_initialized_first() {
        List<JavaClass> ours = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages(ROOT).stream()
                        .filter(type -> !type.isArray())
                        .toList();
        Set<String> inCircles = new TreeSet<>();
        new Circles(usedByTopLevel(ours)).all().forEach(inCircles::addAll);
        List<String> names = ours.stream()
                .filter(InitializationTest::asksOthers)
                .filter(type -> type.isNestedClass() || inCircles.contains(topLevel(type)))
                .map(JavaClass::getName)
                .toList();
        assertThat(names).hasSizeGreaterThan(20);
        assertThat(names.stream().flatMap(name -> failureOf(name).stream())).isEmpty();
    }

    /** Its initialization begins with something of another of our classes. */
    private static boolean asksOthers(JavaClass type) {
        return type.getStaticInitializer().isPresent()
                && type.getStaticInitializer().get().getAccessesFromSelf().stream()
                        .map(access -> access.getTargetOwner().getName())
                        .anyMatch(owner -> owner.startsWith(ROOT + ".") && !owner.equals(type.getName()));
    }

    private static Map<String, Set<String>> usedByTopLevel(List<JavaClass> types) {
        Map<String, Set<String>> used = new TreeMap<>();
        for (JavaClass type : types) {
            Set<String> of = used.computeIfAbsent(topLevel(type), name -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream()
                    .map(Dependency::getTargetClass)
                    .filter(target -> target.getName().startsWith(ROOT + "."))
                    .map(InitializationTest::topLevel)
                    .filter(name -> !name.equals(topLevel(type)))
                    .forEach(of::add);
        }
        return used;
    }

    private static String topLevel(JavaClass type) {
        return type.getName().split("\\$", 2)[0];
    }

    private static Optional<String> failureOf(String name) {
        try {
            Class.forName(name, true, new FreshClasses(InitializationTest.class.getClassLoader()));
            return Optional.empty();
        } catch (ClassNotFoundException | LinkageError e) {
            return Optional.of(name + ": " + (e.getCause() == null ? e : e.getCause()));
        }
    }

    /** Classes none of which is initialized, as in a process that begins. */
    private static final class FreshClasses extends ClassLoader {

        FreshClasses(ClassLoader libraries) {
            super(libraries);
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null || !name.startsWith(ROOT + ".") ? super.loadClass(name, resolve) : define(name);
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
}
