package io.strandline.command.setting;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** What the program was started with, for its commands. */
public final class Surroundings {

    private final Map<String, String> environment;
    private @Nullable Configuration configuration;

    public Surroundings(Map<String, String> environment) {
        this.environment = environment;
    }

    /** Those of the program that a command belongs to. */
    public static Surroundings of(CommandSpec command) {
        return command.root().userObject() instanceof Surrounded root
                ? root.surroundings()
                : new Surroundings(Map.of());
    }

    /** The whole program. */
    public interface Surrounded {
        Surroundings surroundings();
    }

    public void configuredBy(Configuration read) {
        configuration = read;
    }

    Map<String, String> environment() {
        return environment;
    }

    public Configuration configuration() {
        return configuration == null ? Configuration.none(environment) : configuration;
    }
}
