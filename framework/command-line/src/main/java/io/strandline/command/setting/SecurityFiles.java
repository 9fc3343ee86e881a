package io.strandline.command.setting;

import io.strandline.StrandlineException;
import io.strandline.server.security.SecurityOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The files of users and rules: named by an option, or those of the section {@code security} of a server. */
public final class SecurityFiles {

    @Spec(Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--users",
            paramLabel = "FILE",
            description = "File of users. Default: security.usersFile of the configuration.")
    private @Nullable Path users;

    private SecurityOptions configured() {
        return new SecurityOptions(
                Surroundings.of(spec).configuration().section("security", new SecurityOptions().toJson(), List.of()));
    }

    /** The file of users, or null if none is named. */
    @Nullable
    public Path users() {
        String inSection = configured().getUsersFile();
        return users == null && inSection != null ? Path.of(inSection) : users;
    }

    /** The file of users. */
    public Path requiredUsers() {
        Path named = users();
        if (named == null) {
            throw new StrandlineException.Invalid("no file of users: give --users FILE");
        }
        return named;
    }

    /** The file of rules. */
    public Path requiredRules(@Nullable Path rules) {
        String inSection = configured().getRulesFile();
        if (rules == null && inSection == null) {
            throw new StrandlineException.Invalid("no file of rules: give --rules FILE");
        }
        return rules == null ? Path.of(String.valueOf(inSection)) : rules;
    }

    /** The text of a file, empty if there is none. */
    public static String textOrEmpty(Path file) {
        return Files.exists(file) ? text(file) : "";
    }

    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new StrandlineException.Invalid(file + " cannot be read: " + FileFailures.reason(e), e);
        }
    }

    /** Replaces a file at once, so that a server which reads it meanwhile finds the old one or the new one. Nobody else may read it. */
    public static void replace(Path file, String text) {
        Path whole = file.toAbsolutePath();
        Path unfinished = whole.resolveSibling(whole.getFileName() + ".new");
        try {
            Files.deleteIfExists(unfinished);
            Files.createFile(
                    unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(unfinished, text);
            if (Files.exists(whole)) {
                Files.setPosixFilePermissions(unfinished, Files.getPosixFilePermissions(whole));
            }
            Files.move(unfinished, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StrandlineException.Unavailable(file + " cannot be written: " + FileFailures.reasonOfWrite(e), e);
        }
    }
}
