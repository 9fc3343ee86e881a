package io.strandline.server;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.server.security.Security;
import org.jspecify.annotations.Nullable;

/**
 * What doors serve: a log under a name, and what is {@link #exposed()} beside it. One may be given to any number of doors.
 *
 * <pre>{@code
 * ServedLog served = ServedLog.of("shop", log);
 * StrandlineServer.listen(vertx, served, new ServerOptions());
 * EventBusServer.serve(vertx, served, new EventBusOptions());
 * }</pre>
 */
public final class ServedLog {

    /** The name of a log that is given none. */
    public static final String DEFAULT_NAME = "log";

    /** Longest name, in characters. */
    public static final int MAX_NAME_LENGTH = 100;

    private final String name;
    private final Strandline log;
    private final @Nullable Security security;
    private final Exposed exposed;

    private ServedLog(String name, Strandline log, @Nullable Security security, Exposed exposed) {
        this.name = name;
        this.log = log;
        this.security = security;
        this.exposed = exposed;
    }

    /** A log under the name {@value #DEFAULT_NAME}. */
    public static ServedLog of(Strandline log) {
        return new ServedLog(DEFAULT_NAME, log, null, new Exposed());
    }

    /**
     * A log under a name, which is a part of its addresses on the event bus.
     *
     * @param name 1 to {@value #MAX_NAME_LENGTH} characters out of ASCII letters, digits, {@code _} and {@code -}
     * @param log the log, as {@link Strandline#open} made it. Doors leave it open
     * @throws StrandlineException.Invalid if the name is another one
     */
    public static ServedLog of(String name, Strandline log) {
        if (!name.matches("[A-Za-z0-9_-]{1," + MAX_NAME_LENGTH + "}")) {
            throw new StrandlineException.Invalid("the name of a served log is " + name + ", it must be 1 to "
                    + MAX_NAME_LENGTH + " letters, digits, '_' and '-'");
        }
        return new ServedLog(name, log, null, new Exposed());
    }

    public String name() {
        return name;
    }

    public Strandline log() {
        return log;
    }

    /**
     * The same, with callers that are authenticated and do what rules permit, at all doors that serve it. Both have the same {@link
     * #exposed()}.
     */
    public ServedLog secured(Security by) {
        return new ServedLog(name, log, by, exposed);
    }

    /** Who may do what. Null if everybody may do everything, the default. */
    public @Nullable Security security() {
        return security;
    }

    /** The reader groups, pipelines, aggregates and shared states that doors serve beside the log. None at first. */
    public Exposed exposed() {
        return exposed;
    }
}
