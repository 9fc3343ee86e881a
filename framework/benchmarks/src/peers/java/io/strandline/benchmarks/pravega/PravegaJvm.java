package io.strandline.benchmarks.pravega;

import io.strandline.benchmarks.ChildJvm;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts JVMs on Pravega's class path: the classes of the benchmarks, then its jars, and nothing of Vert.x, whose Netty is another one.
 * {@code framework/benchmarks/run} says in the environment where the list of the jars is.
 */
final class PravegaJvm {

    private static final String CLASS_PATH_FILE = "STRANDLINE_BENCHMARKS_PRAVEGA";
    /** Lets Netty 4.1 and BookKeeper use direct memory and files on Java 17 as they do on Java 8. */
    private static final List<String> AS_ON_JAVA_8 = List.of(
            "-Dio.netty.tryReflectionSetAccessible=true",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");

    private PravegaJvm() {}

    /** Starts a main class with more options. */
    static ChildJvm start(Class<?> main, List<String> options, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(AS_ON_JAVA_8);
        all.addAll(options);
        return ChildJvm.startElsewhere(classPath(), all, main.getName(), arguments);
    }

    private static String classPath() throws IOException {
        String file = System.getenv(CLASS_PATH_FILE);
        if (file == null) {
            throw new IllegalStateException(
                    CLASS_PATH_FILE + " is not set: start by framework/benchmarks/run tcp-pravega");
        }
        return benchmarkClasses()
                + System.getProperty("path.separator")
                + Files.readString(Path.of(file)).strip();
    }

    private static Path benchmarkClasses() {
        try {
            return Path.of(PravegaJvm.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
