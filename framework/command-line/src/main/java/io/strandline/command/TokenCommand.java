package io.strandline.command;

import io.strandline.command.setting.SecurityFiles;
import io.strandline.command.setting.Waiting;
import io.strandline.server.security.Grant;
import io.strandline.server.security.TokenIssuer;
import io.strandline.server.security.TokenOptions;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code strandline token …}. */
@Command(name = "token", description = "Tokens for callers of a server: issue.", mixinStandardHelpOptions = true)
final class TokenCommand extends CommandGroup {

    @Command(
            name = "issue",
            description = {
                "Prints a token that expires, and that is signed with a key whose public half, or for HS256 the key itself, the server has.",
                "It cannot be taken back before it expires."
            },
            mixinStandardHelpOptions = true)
    int issue(
            @Mixin Output output,
            @Parameters(paramLabel = "NAME", description = "Name of the caller.") String name,
            @Option(
                            names = "--key",
                            required = true,
                            paramLabel = "FILE",
                            description = "The private key as PEM, or the secret of HS256.")
                    Path key,
            @Option(names = "--role", paramLabel = "ROLE", description = "A role of the caller. May be repeated.")
                    @Nullable
                    List<String> roles,
            @Option(
                            names = "--grant",
                            paramLabel = "GRANT",
                            description =
                                    "What the token may be used for at most, as 'READ stream:shop/*'. May be repeated. Default:"
                                            + " whatever the rules permit the caller.")
                    @Nullable
                    List<String> grants,
            @Option(names = "--seconds", defaultValue = "3600", description = "How long it is valid. Default: 3600.")
                    int seconds,
            @Option(
                            names = "--algorithm",
                            defaultValue = "HS256",
                            description = "Algorithm of the signature. Default: HS256.")
                    String algorithm,
            @Option(names = "--issuer", description = "Issuer that the token names. Default: none.") @Nullable
                    String issuer,
            @Option(names = "--audience", description = "Audience that the token names. Default: none.") @Nullable
                    String audience) {
        TokenOptions options =
                new TokenOptions().setAlgorithm(algorithm).setIssuer(issuer).setAudience(audience);
        Vertx vertx = Vertx.vertx();
        try {
            Optional<List<Grant>> limits = Optional.ofNullable(grants)
                    .map(all -> all.stream().map(Grant::parse).toList());
            String token = TokenIssuer.of(vertx, options, Buffer.buffer(SecurityFiles.text(key)))
                    .issue(name, roles == null ? List.of() : roles, limits, seconds);
            output.document(new JsonObject().put("token", token), token);
            return ExitCode.DONE;
        } finally {
            Waiting.of(vertx.close());
        }
    }
}
