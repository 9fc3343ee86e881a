package io.strandline.server;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Door;
import io.strandline.server.security.Security;
import io.strandline.spi.watch.DoorCounts;
import io.strandline.spi.watch.DoorStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
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
    private final Map<Door, DoorCounts> counts;

    private ServedLog(
            String name, Strandline log, @Nullable Security security, Exposed exposed, Map<Door, DoorCounts> counts) {
        this.name = name;
        this.log = log;
        this.security = security;
        this.exposed = exposed;
        this.counts = counts;
    }

    private static ServedLog named(String name, Strandline log) {
        return new ServedLog(name, log, null, new Exposed(), new ConcurrentSkipListMap<>());
    }

    /** A log under the name {@value #DEFAULT_NAME}. */
    public static ServedLog of(Strandline log) {
        return named(DEFAULT_NAME, log);
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
        return named(name, log);
    }

    public String name() {
        return name;
    }

    public Strandline log() {
        return log;
    }

    /**
     * The same, with callers that are authenticated and do what rules permit, at all doors that serve it. Both have the same {@link
     * #exposed()} and {@link #doors()}.
     */
    public ServedLog secured(Security by) {
        return new ServedLog(name, log, by, exposed, counts);
    }

    /** Who may do what. Null if everybody may do everything, the default. */
    public @Nullable Security security() {
        return security;
    }

    /** The reader groups, pipelines, aggregates and shared states that doors serve beside the log. None at first. */
    public Exposed exposed() {
        return exposed;
    }

    /**
     * Figures of the doors that serve it or have served it, by their kind. For {@code LogMetrics.watchDoors}. Callable from any thread.
     *
     * @return in the order TCP, event bus, REST, as far as one of the kind was opened
     */
    public List<DoorStatistics> doors() {
        return counts.values().stream().map(DoorCounts::statistics).toList();
    }

    /** Where doors of a kind count. For those who make a door. */
    public DoorCounts counts(Door door) {
        return counts.computeIfAbsent(
                door,
                kind -> new DoorCounts(
                        kind == Door.EVENT_BUS ? "bus" : kind.name().toLowerCase(Locale.ROOT)));
    }
}
