package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.command.setting.Configuration;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Options without a value, of all commands: as an argument each is true, whatever the environment and the file say. */
class FlagsTest {

    @TempDir
    Path directory;

    /** All that can be called, the program itself included. */
    private static List<CommandLine> commands(CommandLine of) {
        List<CommandLine> all = new ArrayList<>(List.of(of));
        of.getSubcommands().values().forEach(sub -> all.addAll(commands(sub)));
        return all;
    }

    private static List<OptionSpec> flags(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> option.type() == boolean.class || option.type() == Boolean.class)
                .toList();
    }

    private static String key(OptionSpec flag) {
        return Configuration.camel(flag.longestName());
    }

    private static boolean isForHelp(OptionSpec flag) {
        return flag.usageHelp() || flag.versionHelp();
    }

    /** What each flag of each command is, with its name: {@code strandline stream seal --yes}. */
    private static Map<String, Object> values(Configuration configuration, boolean areGiven) {
        Map<String, Object> values = new TreeMap<>();
        for (CommandLine command : commands(StrandlineCommand.model())) {
            command.setDefaultValueProvider(configuration);
            command.getCommandSpec().parser().collectErrors(true); // other arguments are missing
            List<OptionSpec> flags = flags(command);
            command.parseArgs(
                    areGiven ? flags.stream().map(OptionSpec::longestName).toArray(String[]::new) : new String[0]);
            for (OptionSpec flag : flags) {
                if (areGiven || !isForHelp(flag)) {
                    values.put(command.getCommandSpec().qualifiedName(" ") + " " + flag.longestName(), flag.getValue());
                }
            }
        }
        return values;
    }

    private static Configuration inEnvironment(String value) {
        Map<String, String> environment = new HashMap<>();
        for (CommandLine command : commands(StrandlineCommand.model())) {
            flags(command).forEach(flag -> environment.put("STRANDLINE_" + Configuration.upper(key(flag)), value));
        }
        return Configuration.none(environment);
    }

    private Configuration inFile(boolean value) throws IOException {
        JsonObject all = new JsonObject();
        for (CommandLine command : commands(StrandlineCommand.model())) {
            flags(command).forEach(flag -> all.put(key(flag), value));
        }
        String file =
                Files.writeString(directory.resolve("c.json"), all.encode()).toString();
        return Configuration.of(Map.of(), List.of("--config", file));
    }

    @Test
    void a_flag_is_true_when_it_is_given_and_only_then() {
        Configuration none = Configuration.none(Map.of());
        assertThat(values(none, false))
                .containsKeys("strandline server --insecure", "strandline group reset --dry-run")
                .allSatisfy((name, value) -> assertThat(value).isEqualTo(false));
        assertThat(values(none, true))
                .containsKeys("strandline stream seal --yes", "strandline --help")
                .allSatisfy((name, value) -> assertThat(value).isEqualTo(true));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_flag_that_is_given_is_true_whatever_other_places_say(boolean elsewhere) throws IOException {
        for (Configuration configuration : List.of(inEnvironment(String.valueOf(elsewhere)), inFile(elsewhere))) {
            assertThat(values(configuration, true))
                    .allSatisfy((name, value) -> assertThat(value).isEqualTo(true));
            assertThat(values(configuration, false))
                    .allSatisfy((name, value) -> assertThat(value).isEqualTo(elsewhere));
        }
    }

    /** A value that says no is a value, so picocli does not miss the option. */
    @Test
    void a_command_that_needs_a_yes_is_refused_where_another_place_says_no() {
        int found = 0;
        for (CommandLine command : commands(StrandlineCommand.model())) {
            if (command.getCommandSpec().findOption("--yes") == null) {
                continue;
            }
            found++;
            List<String> arguments = new ArrayList<>(
                    List.of(command.getCommandSpec().qualifiedName(" ").split(" ")));
            arguments.remove(0);
            command.getCommandSpec().positionalParameters().forEach(each -> arguments.add("shop/orders"));
            assertRefused(Map.of("STRANDLINE_YES", "false"), arguments);
            assertRefused(Map.of(), arguments);
            arguments.add("--yes=false");
            assertRefused(Map.of("STRANDLINE_YES", "true"), arguments);
        }
        assertThat(found).isGreaterThan(5);
    }

    private static void assertRefused(Map<String, String> environment, List<String> arguments) {
        Ran ran = Ran.with(environment, arguments.toArray(String[]::new));
        assertThat(ran.code()).as("%s", arguments).isEqualTo(ExitCode.USAGE);
        assertThat(ran.err()).as("%s", arguments).contains("--yes");
    }
}
