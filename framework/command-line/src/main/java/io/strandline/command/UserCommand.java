package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.command.setting.SecurityFiles;
import io.strandline.server.security.PasswordHash;
import io.strandline.server.security.UserFile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline user …}: the file of users, which a server reads again when it changes. */
@Command(name = "user", description = "Users of a server: add, list, remove.", mixinStandardHelpOptions = true)
final class UserCommand extends CommandGroup {

    @Command(
            name = "add",
            description = "Adds a user, or gives one that is there another password and other roles.",
            mixinStandardHelpOptions = true)
    int add(
            @Mixin SecurityFiles files,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME", description = "Name of the user.") String name,
            @Option(names = "--role", paramLabel = "ROLE", description = "A role of the user. May be repeated.")
                    @Nullable
                    List<String> roles,
            @Option(
                            names = "--password",
                            interactive = true,
                            prompt = "Password: ",
                            description = "Asks for the password on the terminal.")
                    char @Nullable [] password,
            @Option(
                            names = "--password-file",
                            paramLabel = "FILE",
                            description =
                                    "File with the password in its first line. Default: the user has none, but a certificate or"
                                            + " a token.")
                    @Nullable
                    Path passwordFile) {
        Path file = files.requiredUsers();
        PasswordHash hash = hash(password, passwordFile);
        List<String> given = roles == null ? List.of() : roles;
        UserFile changed = UserFile.parse(SecurityFiles.textOrEmpty(file)).with(name, given, hash);
        SecurityFiles.replace(file, changed.text());
        output.document(
                new JsonObject().put("user", name).put("roles", new JsonArray(new ArrayList<>(given))),
                name + " is in " + file + " with roles " + given + (hash == null ? " and without a password" : ""));
        return ExitCode.DONE;
    }

    private static @Nullable PasswordHash hash(char @Nullable [] password, @Nullable Path file) {
        if (password != null && file != null) {
            throw new StrandlineException.Invalid("give either --password or --password-file");
        }
        char[] text = file == null
                ? password
                : SecurityFiles.text(file).lines().findFirst().orElse("").toCharArray();
        if (text == null) {
            return null;
        }
        try {
            return PasswordHash.of(text);
        } finally {
            Arrays.fill(text, ' ');
        }
    }

    @Command(name = "list", description = "Lists the users with their roles.", mixinStandardHelpOptions = true)
    int list(@Mixin SecurityFiles files, @Mixin Output output) {
        JsonArray json = new JsonArray();
        List<String> texts = new ArrayList<>();
        UserFile.parse(SecurityFiles.text(files.requiredUsers()))
                .users()
                .values()
                .forEach(user -> {
                    json.add(new JsonObject()
                            .put("user", user.name())
                            .put("roles", new JsonArray(List.copyOf(user.roles())))
                            .put("hasPassword", user.password() != null));
                    texts.add(user.name() + " " + user.roles() + (user.password() == null ? " without password" : ""));
                });
        output.list(json, texts);
        return ExitCode.DONE;
    }

    @Command(name = "remove", description = "Removes a user.", mixinStandardHelpOptions = true)
    int remove(
            @Mixin SecurityFiles files,
            @Mixin Output output,
            @Parameters(paramLabel = "NAME", description = "Name of the user.") String name) {
        Path file = files.requiredUsers();
        UserFile users = UserFile.parse(SecurityFiles.text(file));
        if (!users.users().containsKey(name)) {
            throw new StrandlineException.NotFound(file + " has no user " + name);
        }
        SecurityFiles.replace(file, users.without(name).text());
        output.document(new JsonObject().put("removed", name), name + " is removed from " + file);
        return ExitCode.DONE;
    }
}
