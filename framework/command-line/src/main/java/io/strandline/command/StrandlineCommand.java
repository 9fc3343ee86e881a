package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.command.setting.Configuration;
import io.strandline.command.setting.Surroundings;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;

/** The program {@code strandline}. */
@Command(
        name = "strandline",
        mixinStandardHelpOptions = true,
        versionProvider = StrandlineCommand.Version.class,
        description = "An event log: its server, and what an operator does with it.",
        subcommands = {
            ServerCommand.class,
            StreamCommand.class,
            AppendCommand.class,
            TailCommand.class,
            HistoryCommand.class,
            GroupCommand.class,
            TransactionCommand.class,
            PipelineCommand.class,
            VerifyLogCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
            BenchCommand.class,
            UserCommand.class,
            TokenCommand.class,
            MayCommand.class,
            AutoComplete.GenerateCompletion.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it was done",
            "1:it was refused or has failed, or a check has found damage",
            "2:the arguments, the configuration or a file that they name are wrong",
            "3:the log cannot be reached or is busy, and nothing has happened",
            "4:who calls is not known, or may not do this",
            "5:whether it has happened is not known",
            "70:a fault of the program"
        },
        footer = {
            "",
            "Each option is also a variable of the environment (--backup-dir: STRANDLINE_BACKUP_DIR)",
            "and a key of the configuration file (backupDir). Arguments come first, then the",
            "environment, then the file."
        })
public final class StrandlineCommand extends CommandGroup implements Surroundings.Surrounded {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = CommandLine.ScopeType.INHERIT,
            description = "Configuration, JSON or .properties. Default: what STRANDLINE_CONFIG names, else none.")
    @SuppressWarnings("UnusedVariable") // for the help: Configuration finds it before the arguments are parsed
    private @Nullable Path config;

    private final Surroundings surroundings;

    private StrandlineCommand(Map<String, String> environment) {
        this.surroundings = new Surroundings(environment);
    }

    /** Runs the program and ends the process. A server tells what it does, and other commands only what is wrong. */
    public static void main(String[] arguments) {
        LogLines.begin(List.of(arguments).contains("server"));
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(System.getenv(), out, err, arguments);
        out.flush();
        System.exit(code);
    }

    /**
     * Runs the program in this process. Blocks until the command is done.
     *
     * @return what the process would end with, see {@link ExitCode}
     */
    public static int run(Map<String, String> environment, PrintWriter out, PrintWriter err, String... arguments) {
        StrandlineCommand root = new StrandlineCommand(environment);
        CommandLine command = new CommandLine(root)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler(StrandlineCommand::failed);
        try {
            Configuration read = Configuration.of(environment, List.of(arguments));
            read.requireKnown(command);
            root.surroundings.configuredBy(read);
            setDefaults(command, read);
        } catch (StrandlineException.Invalid e) {
            err.println(e.getMessage());
            return ExitCode.USAGE;
        }
        return command.execute(arguments);
    }

    /** The whole program with its options, for documents. */
    static CommandLine model() {
        return new CommandLine(new StrandlineCommand(Map.of()));
    }

    private static void setDefaults(CommandLine command, Configuration configuration) {
        command.setDefaultValueProvider(configuration);
        command.getSubcommands().values().forEach(sub -> setDefaults(sub, configuration));
    }

    /** One line, without a stack trace, unless the program itself is at fault. */
    private static int failed(Exception failure, CommandLine command, @Nullable ParseResult parsed) {
        int code = ExitCode.of(failure);
        if (code == ExitCode.FAULT) {
            failure.printStackTrace(command.getErr());
        } else {
            String message = String.valueOf(failure.getMessage());
            command.getErr().println(failure.getClass().getSimpleName() + ": " + message);
        }
        command.getErr().flush();
        return code;
    }

    @Override
    public Surroundings surroundings() {
        return surroundings;
    }

    /** The version that the jar says. */
    static final class Version implements CommandLine.IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = StrandlineCommand.class.getPackage().getImplementationVersion();
            return new String[] {"strandline " + (version == null ? "from its sources" : version)};
        }
    }
}
