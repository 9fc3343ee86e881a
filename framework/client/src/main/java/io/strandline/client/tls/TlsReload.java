package io.strandline.client.tls;

import io.strandline.client.TlsOptions;
import io.strandline.spi.Logger;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.ServerSSLOptions;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Has a server use new keys and certificates when their files have changed. Files that cannot be read or used change nothing, and
 * a line of the log says so, once for the same bytes.
 */
public final class TlsReload {

    private static final Logger LOG = Logger.of(TlsReload.class);

    private final Vertx vertx;
    private final ContextInternal context;
    private final TlsOptions options;
    private final String where;
    private final Function<ServerSSLOptions, Future<?>> use;
    private final long timer;

    private TlsFiles newest;
    private boolean isReading;
    /** What could not be used at the last look, or what is used if it could not be read. Null if nothing was wrong. */
    private @Nullable TlsFiles failed;

    private TlsReload(
            Vertx vertx, TlsOptions options, String where, TlsFiles first, Function<ServerSSLOptions, Future<?>> use) {
        this.vertx = vertx;
        this.context = ((VertxInternal) vertx).createEventLoopContext();
        this.options = options;
        this.where = where;
        this.newest = first;
        this.use = use;
        this.timer = context.setPeriodic(options.getReloadMillis(), ticked -> look());
    }

    /**
     * Begins to look.
     *
     * @param where names the server in lines of the log
     * @param first what the server uses now
     * @param use has the server use other keys for its next connections
     */
    public static TlsReload begin(
            Vertx vertx, TlsOptions options, String where, TlsFiles first, Function<ServerSSLOptions, Future<?>> use) {
        return new TlsReload(vertx, options, where, first, use);
    }

    private void look() {
        if (isReading) {
            return;
        }
        isReading = true;
        TlsFiles[] found = {newest};
        TlsFiles.read(vertx, options)
                .compose(read -> {
                    found[0] = read;
                    return read.equals(newest)
                            ? Future.succeededFuture()
                            : read.usable(vertx).compose(usable -> use.apply(usable.forServer()));
                })
                .onComplete((used, failure) -> context.runOnContext(turned -> looked(found[0], failure)));
    }

    private void looked(TlsFiles found, @Nullable Throwable failure) {
        isReading = false;
        if (failure != null) {
            if (!found.equals(failed)) {
                failed = found;
                LOG.error("{} goes on with the certificate that it has: the new one cannot be used", where, failure);
            }
            return;
        }
        failed = null;
        if (!found.equals(newest)) {
            newest = found;
            LOG.info("{} uses a new certificate from now on", where);
        }
    }

    /** Ends it. */
    public void end() {
        vertx.cancelTimer(timer);
    }
}
