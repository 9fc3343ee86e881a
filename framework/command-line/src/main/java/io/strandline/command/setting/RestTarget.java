package io.strandline.command.setting;

import io.strandline.StrandlineException;
import io.strandline.client.ClientOptions;
import io.strandline.client.TlsOptions;
import io.strandline.client.tls.TlsFiles;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The REST interface of a process that exposes what a command works on. */
public final class RestTarget {

    /** Where a REST interface is that was started with the defaults. */
    private static final String DEFAULT_SERVER = "http://127.0.0.1:7476";

    @Spec(Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    // Not --rest: that is the section of a server's REST interface in the same configuration.
    @Option(
            names = "--rest-server",
            paramLabel = "ADDRESS",
            description = "Address of a REST interface, http://host:port or https://host:port. Default: "
                    + DEFAULT_SERVER + ".")
    private @Nullable String restServer;

    @Option(names = "--credentials-file", paramLabel = "FILE", description = ClientSection.CREDENTIALS_FILE)
    private @Nullable Path credentialsFile;

    @Option(
            names = "--timeout-seconds",
            defaultValue = "600",
            description = "Seconds to wait for an answer, 1 to 86400. Default: 600.")
    private int timeoutSeconds;

    @Option(
            names = "--set",
            paramLabel = "SECTION.OPTION=VALUE",
            description = "An option of the client (client.…), see OPTIONS.md. Those of TLS and credentials and"
                    + " client.connectTimeoutMillis apply. May be repeated.")
    private List<String> set = new ArrayList<>();

    /** What a command does with a server. */
    public interface Work {

        /** On the command's thread. Returns what the program ends with. */
        int with(RestCalls calls);
    }

    /** Does the work, and closes the connections. */
    public int open(Work work) {
        if (timeoutSeconds < 1 || timeoutSeconds > 86_400) {
            throw new StrandlineException.Invalid("--timeout-seconds is " + timeoutSeconds + ", it must be 1 to 86400");
        }
        Configuration.requireSections(set);
        URI base = address(restServer == null ? DEFAULT_SERVER : restServer);
        ClientOptions options = ClientSection.options(spec, credentialsFile, set);
        options.validate();
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
        try {
            TlsOptions tls = options.getTls();
            TlsFiles files = Waiting.of(TlsFiles.read(vertx, tls == null ? new TlsOptions() : tls));
            return work.with(new RestCalls(vertx, base, files, options, timeoutSeconds));
        } finally {
            Waiting.of(vertx.close());
        }
    }

    /** Neither with credentials, which all users of a machine would see, nor with a query. */
    private static URI address(String given) {
        try {
            URI address = new URI(given);
            boolean isHttp = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            boolean isPlain = address.getRawUserInfo() == null
                    && address.getRawQuery() == null
                    && address.getRawFragment() == null;
            if (isHttp && isPlain && address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException e) {
            throw new StrandlineException.Invalid("--rest-server is no address: " + e.getReason(), e);
        }
        throw new StrandlineException.Invalid("--rest-server must be http://host:port or https://host:port");
    }
}
