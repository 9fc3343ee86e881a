package io.strandline.command;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Right;
import io.strandline.command.setting.SecurityFiles;
import io.strandline.server.security.AccessRules;
import io.strandline.server.security.Decision;
import io.strandline.server.security.Identity;
import io.strandline.server.security.ResourcePattern;
import io.strandline.server.security.UserFile;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline may}: why somebody may do something, or may not. */
@Command(
        name = "may",
        description =
                "Explains whether a user may do something, by the files that a server reads. Ends with 0 if so, else with 4.",
        mixinStandardHelpOptions = true)
final class MayCommand implements Callable<Integer> {

    @Mixin
    private Output output = new Output();

    @Mixin
    private SecurityFiles files = new SecurityFiles();

    @Parameters(index = "0", paramLabel = "USER", description = "Name of the user.")
    private String user = "";

    @Parameters(
            index = "1",
            paramLabel = "OPERATION",
            description = "An operation, as append or truncate, or a right, as READ.")
    private String operation = "";

    @Parameters(index = "2", paramLabel = "RESOURCE", description = "What it is done to, as stream:shop/orders or log.")
    private String resource = "";

    @Option(
            names = "--rules",
            paramLabel = "FILE",
            description = "File of rules. Default: security.rulesFile of the configuration.")
    private @Nullable Path rules;

    @Option(
            names = "--role",
            paramLabel = "ROLE",
            description = "A role of the user, in place of those in the file of users. May be repeated.")
    private @Nullable List<String> roles;

    @Override
    public Integer call() {
        AccessRules read = AccessRules.parse(SecurityFiles.text(files.requiredRules(rules)));
        Decision decision =
                read.explain(Identity.of(user, roles()), right(operation), ResourcePattern.resource(resource));
        output.document(
                new JsonObject().put("permitted", decision.isPermitted()).put("because", decision.because()),
                (decision.isPermitted() ? "yes: " : "no: ") + decision.because());
        return decision.isPermitted() ? ExitCode.DONE : ExitCode.NOT_ALLOWED;
    }

    private Collection<String> roles() {
        Path users = files.users();
        if (roles != null || users == null) {
            return roles == null ? List.of() : roles;
        }
        UserFile.User found = UserFile.parse(SecurityFiles.text(users)).users().get(user);
        return found == null ? List.of() : found.roles();
    }

    private static Right right(String name) {
        for (Operation<?, ?> each : Operations.ALL) {
            if (each.name().equals(name)) {
                return each.right();
            }
        }
        return Arrays.stream(Right.values())
                .filter(right -> right.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new StrandlineException.Invalid(
                        name + " is no operation, and none of the rights " + Arrays.toString(Right.values())));
    }
}
