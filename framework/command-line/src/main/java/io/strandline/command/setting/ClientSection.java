package io.strandline.command.setting;

import io.strandline.client.ClientOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** How a command calls a server, over TCP and over REST alike: the section {@code client}, and what the server is shown. */
final class ClientSection {

    static final String CREDENTIALS_FILE =
            "File with what the server is shown: USER:PASSWORD, a token, or the text of an Authorization header. The environment variable"
                    + " STRANDLINE_CREDENTIALS holds the same. Default: nothing is shown.";

    private ClientSection() {}

    /**
     * The options of the section.
     *
     * @param credentialsFile what was given as {@code --credentials-file}. It comes before what the section has of credentials
     * @param set what {@code --set} was given
     */
    static ClientOptions options(CommandSpec command, @Nullable Path credentialsFile, List<String> set) {
        Surroundings surroundings = Surroundings.of(command);
        ClientOptions client =
                new ClientOptions(surroundings.configuration().section("client", new ClientOptions().toJson(), set));
        String credentials = credentials(surroundings, credentialsFile);
        return credentials == null ? client : client.setCredentials(credentials).setCredentialsFile(null);
    }

    /** What the server is shown, or null. Never an argument, because all users of a machine see these. */
    private static @Nullable String credentials(Surroundings surroundings, @Nullable Path file) {
        String given = file == null
                ? surroundings.environment().get("STRANDLINE_CREDENTIALS")
                : SecurityFiles.text(file).strip();
        return given == null ? null : header(given);
    }

    /** The text of an {@code Authorization} header. */
    private static String header(String given) {
        if (given.startsWith("Basic ") || given.startsWith("Bearer ")) {
            return given;
        }
        return given.contains(":")
                ? "Basic " + Base64.getEncoder().encodeToString(given.getBytes(StandardCharsets.UTF_8))
                : "Bearer " + given;
    }
}
