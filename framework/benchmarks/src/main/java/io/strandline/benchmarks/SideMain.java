package io.strandline.benchmarks;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * Entry point of the JVM of a side. Its arguments are those of the {@link Job}. Its answer is one line on standard output,
 * {@link #RESULT} and a JSON array of measurements.
 */
final class SideMain {

    static final String RESULT = "RESULT ";

    private SideMain() {}

    public static void main(String[] arguments) {
        ParentWatch.exitWithParent();
        int exitCode = 1;
        try {
            Job job = Job.of(arguments);
            System.out.println(RESULT + encode(side(job.side()).run(job)));
            exitCode = 0;
        } catch (Throwable failure) {
            failure.printStackTrace(System.err); // the parent quotes standard error
        } finally {
            System.exit(exitCode); // threads of the load may still run
        }
    }

    /** The measurements in a line of a child. */
    static List<Measurement> decode(String line) {
        return new JsonArray(line.substring(RESULT.length()))
                .stream().map(JsonObject.class::cast).map(Measurement::fromJson).toList();
    }

    private static String encode(List<Measurement> measurements) {
        return new JsonArray(measurements.stream().map(Measurement::toJson).toList()).encode();
    }

    private static Side side(String className) throws ReflectiveOperationException {
        return Class.forName(className).asSubclass(Side.class).getConstructor().newInstance();
    }
}
