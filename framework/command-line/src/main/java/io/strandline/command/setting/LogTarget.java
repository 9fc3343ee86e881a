package io.strandline.command.setting;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.strandline.log.LogOptions;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The log that a command works on: that of a server, or the one in a directory that nobody has open. */
public final class LogTarget {

    /** Where a server is that was started with the defaults. */
    public static final String DEFAULT_SERVER = "tcp://127.0.0.1:7475";

    @Spec(Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = "--server",
            paramLabel = "ADDRESS",
            description = "Address of a server, tcp://host:port, several with commas. Default: " + DEFAULT_SERVER + ".")
    private @Nullable String server;

    @Option(
            names = "--directory",
            paramLabel = "DIRECTORY",
            description = "Data directory of a log that no process has open, instead of a server.")
    private @Nullable Path directory;

    @Option(names = "--credentials-file", paramLabel = "FILE", description = ClientSection.CREDENTIALS_FILE)
    private @Nullable Path credentialsFile;

    @Option(
            names = "--set",
            paramLabel = "SECTION.OPTION=VALUE",
            description = "An option of the client (client.…) or of the log in a directory (log.…), see OPTIONS.md."
                    + " May be repeated.")
    private List<String> set = new ArrayList<>();

    /** What a command does with a log. */
    public interface Work {

        /** On the command's thread. Returns what the program ends with. */
        int with(Session session);
    }

    /**
     * An open log.
     *
     * @param vertx it lives with this
     * @param context on which writers and readers are
     * @param log the log
     */
    public record Session(Vertx vertx, Context context, Strandline log) {

        /** Begins something on the context, where writers and readers are made and called. */
        public <T> Future<T> begin(Supplier<Future<T>> step) {
            Promise<T> promise = Promise.promise();
            context.runOnContext(on -> {
                try {
                    step.get().onComplete(promise);
                } catch (Throwable e) {
                    promise.fail(e);
                }
            });
            return promise.future();
        }

        /** As {@link #begin}, and waits. */
        public <T> T call(Supplier<Future<T>> step) {
            return Waiting.of(begin(step));
        }
    }

    /** The data directory of the log, or null if it is that of a server. */
    @Nullable
    public Path directory() {
        return directory;
    }

    /** Opens the log, does the work, and closes it. */
    public int open(Work work) {
        if (server != null && directory != null) {
            throw new StrandlineException.Invalid("--server and --directory name two logs; give one of them");
        }
        Configuration.requireSections(set);
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2).setWorkerPoolSize(2));
        try {
            Strandline log = Waiting.of(Strandline.open(vertx, address(), options()));
            return work.with(new Session(vertx, ((VertxInternal) vertx).createEventLoopContext(), log));
        } finally {
            Waiting.of(vertx.close());
        }
    }

    private String address() {
        Path local = directory;
        if (local == null) {
            return server == null ? DEFAULT_SERVER : server;
        }
        if (!Files.exists(local.resolve("log.json"))) {
            throw new StrandlineException.NotFound(local + " is not the data directory of a log");
        }
        return "file:" + local;
    }

    private StrandlineOptions options() {
        return directory == null
                ? ClientSection.options(spec, credentialsFile, set)
                : new LogOptions(Surroundings.of(spec).configuration().section("log", new LogOptions().toJson(), set));
    }
}
