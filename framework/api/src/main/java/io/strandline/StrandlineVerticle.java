package io.strandline;

import io.strandline.internal.VerticleStart;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Opens a log for an application that deploys everything. The other verticles of the same Vert.x instance find it by
 * {@link #log(Vertx, String)}.
 *
 * <pre>{@code
 * vertx.deployVerticle("java:io.strandline.StrandlineVerticle", new DeploymentOptions().setConfig(new JsonObject()
 *         .put("address", "file:./data")
 *         .put("options", new JsonObject().put("shards", 2))));
 * }</pre>
 *
 * <table>
 * <caption>Its configuration</caption>
 * <tr><th>key</th><th>value</th></tr>
 * <tr><td>{@code address}</td><td>as in {@link Strandline#open}, required</td></tr>
 * <tr><td>{@code options}</td><td>options of the engine, by default all their defaults</td></tr>
 * <tr><td>{@code name}</td><td>for {@link #log(Vertx, String)}, {@value #DEFAULT_NAME} by default</td></tr>
 * </table>
 *
 * <p>It is deployed when the log is open, and undeployed when the log is closed, with everything accepted forced to disk.
 * Deploying fails as {@link Strandline#open} does, also with Invalid for another key or a value of another type, and with
 * Conflict if the name is taken. So deploy only one instance.
 */
public final class StrandlineVerticle extends VerticleBase {

    public static final String DEFAULT_NAME = "strandline";

    private static final String LOGS = "io.strandline.logs";

    private String name = DEFAULT_NAME;
    private final Promise<Strandline> promise = Promise.promise();
    private final Opened opened = new Opened(promise.future());

    private final @Nullable String givenAddress;
    private final StrandlineOptions givenOptions;

    /** Takes everything from its configuration. Vert.x makes it so by its name. */
    public StrandlineVerticle() {
        this.givenAddress = null;
        this.givenOptions = new StrandlineOptions();
    }

    /**
     * Opens a log with the default options of its engine. Its configuration may have the {@code name} alone.
     *
     * @param address as in {@link Strandline#open}
     */
    public StrandlineVerticle(String address) {
        this(address, new StrandlineOptions());
    }

    /** As {@link #StrandlineVerticle(String)}, with options of the engine, which are copied. */
    public StrandlineVerticle(String address, StrandlineOptions options) {
        this.givenAddress = requireAddress(address);
        this.givenOptions = new StrandlineOptions(options);
    }

    /** A log that is open, or being opened. */
    private record Opened(Future<Strandline> log) implements Shareable {}

    /**
     * The log that a {@code StrandlineVerticle} of this Vert.x instance opened under a name. Waits while it is being
     * opened. The log is closed when that verticle is undeployed, so the caller need not close it.
     *
     * <p>It may be called from any thread, and the future completes on the caller's context. Fails with {@link
     * StrandlineException.NotFound} if no verticle of that name is deployed or being deployed.
     */
    public static Future<Strandline> log(Vertx vertx, String name) {
        LocalMap<String, Opened> logs = vertx.sharedData().getLocalMap(LOGS);
        Opened found = logs.get(name);
        if (found == null) {
            return Future.failedFuture(
                    new StrandlineException.NotFound("no StrandlineVerticle is deployed under the name \"" + name
                            + "\"; names in use: " + new TreeSet<>(logs.keySet())));
        }
        Promise<Strandline> answer = ((ContextInternal) vertx.getOrCreateContext()).promise();
        found.log().onComplete(answer);
        return answer.future();
    }

    /** As {@link #log(Vertx, String)}, under {@link #DEFAULT_NAME}. */
    public static Future<Strandline> log(Vertx vertx) {
        return log(vertx, DEFAULT_NAME);
    }

    @Override
    public Future<?> start() {
        JsonObject config = config();
        String address;
        StrandlineOptions options;
        try {
            OptionsJson in = new OptionsJson("the configuration of a StrandlineVerticle", config);
            name = in.text("name", DEFAULT_NAME);
            address = givenAddress == null ? requireAddress(in.text("address")) : givenAddress;
            options = givenAddress == null ? new StrandlineOptions(in.object("options")) : givenOptions;
            in.end();
        } catch (StrandlineException.Invalid e) {
            return Future.failedFuture(e);
        }
        LocalMap<String, Opened> logs = vertx.sharedData().getLocalMap(LOGS);
        if (logs.putIfAbsent(name, opened) != null) {
            return Future.failedFuture(new StrandlineException.Conflict(
                    "a StrandlineVerticle is deployed under the name \"" + name + "\" already"));
        }
        return VerticleStart.told(
                context,
                Strandline.open(vertx, address, options)
                        .onFailure(cause -> logs.remove(name, opened))
                        .onComplete(promise));
    }

    private static String requireAddress(@Nullable String address) {
        if (address == null || address.isBlank()) {
            throw new StrandlineException.Invalid("a StrandlineVerticle has no address, such as \"file:./data\"");
        }
        return address;
    }

    /** Vert.x calls it only if {@link #start} succeeded. */
    @Override
    public Future<?> stop() {
        vertx.sharedData().<String, Opened>getLocalMap(LOGS).remove(name, opened);
        return promise.future().compose(Strandline::close);
    }
}
