package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.command.setting.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code framework/COMMANDS.md} lists every command with its options, as the program has them. */
class CommandPageTest {

    private static final Path PAGE = Path.of("../COMMANDS.md");

    private static final String HEAD = """
            # Commands

            Every command of `strandline` with its options. An option is also a variable of the environment (`--backup-dir` is
            `STRANDLINE_BACKUP_DIR`) and a key of the configuration file (`backupDir`). Arguments come first, then the environment,
            then the file, then the default. An option without a value is `true` or `false` there, and true as an argument.
            `--config FILE` of every command names the configuration file, JSON or .properties, in
            place of `STRANDLINE_CONFIG`. The options of the sections are in [OPTIONS.md](OPTIONS.md): `tailBytes` of `LogOptions` is `--set log.tailBytes=…`,
            `STRANDLINE_LOG_TAIL_BYTES`, or `tailBytes` in the object `log` of the file. This page is generated: `CommandPageTest` fails
            when it is no longer true, and writes the new one to `framework/command-line/target/COMMANDS.md`.

            """;

    @Test
    void the_page_is_what_the_program_says() throws IOException {
        CommandLine program = StrandlineCommand.model();
        StringBuilder page = new StringBuilder(HEAD).append("| section | options |\n|---|---|\n");
        Configuration.SECTIONS.forEach(
                (section, type) -> page.append("| `" + section + "` | `" + type.getSimpleName() + "` |\n"));
        page.append("\n| exit code | meaning |\n|---|---|\n");
        program.getCommandSpec()
                .usageMessage()
                .exitCodeList()
                .forEach((code, meaning) -> page.append("| " + code + " | " + meaning + " |\n"));
        commands(program).forEach(command -> append(page, command.getCommandSpec()));
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/COMMANDS.md"), page);
        assertThat(PAGE).content().as("target/COMMANDS.md is the new one").isEqualTo(page.toString());
    }

    /** Those that do something, in the order of the program. */
    private static List<CommandLine> commands(CommandLine of) {
        List<CommandLine> all = new ArrayList<>();
        for (Map.Entry<String, CommandLine> sub : of.getSubcommands().entrySet()) {
            if (!sub.getKey().equals("generate-completion")) {
                if (sub.getValue().getSubcommands().isEmpty()) {
                    all.add(sub.getValue());
                }
                all.addAll(commands(sub.getValue()));
            }
        }
        return all;
    }

    private static void append(StringBuilder page, CommandSpec command) {
        page.append("\n## ").append(command.qualifiedName(" "));
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            page.append(' ')
                    .append(parameter.arity().min() == 0 ? "[" + parameter.paramLabel() + "]" : parameter.paramLabel());
        }
        page.append("\n\n")
                .append(String.join(" ", command.usageMessage().description()))
                .append("\n\n");
        page.append("| option | meaning |\n|---|---|\n");
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            row(page, parameter.paramLabel(), String.join(" ", parameter.description()));
        }
        for (OptionSpec option : command.options()) {
            if (!option.usageHelp()
                    && !option.versionHelp()
                    && !option.longestName().equals("--config")) {
                String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
                row(page, option.longestName() + value, String.join(" ", option.description()));
            }
        }
    }

    private static void row(StringBuilder page, String name, String meaning) {
        page.append("| `" + name + "` | " + meaning.replace("|", "\\|") + " |\n");
    }

    /** Flags are off by default, and what is required has none. */
    @Test
    void every_option_with_a_value_says_its_default_and_every_one_what_it_is() {
        for (CommandLine command : commands(StrandlineCommand.model())) {
            for (OptionSpec option : command.getCommandSpec().options()) {
                String description = String.join(" ", option.description());
                String name = command.getCommandSpec().qualifiedName(" ") + " " + option.longestName();
                assertThat(description).as(name).isNotEmpty();
                boolean hasDefault = option.arity().max() > 0 && !option.required() && !option.isMultiValue();
                if (hasDefault && option.defaultValue() != null) {
                    assertThat(description).as(name).contains("Default: " + option.defaultValue());
                }
            }
        }
    }
}
