package io.strandline.spi;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StrandlineOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** Opens logs of one kind. Found by {@link ServiceLoader}. */
public interface Engine {

    /** Scheme of the addresses that this engine serves, without the colon. */
    String scheme();

    /**
     * Opens the log at an address of this scheme. The future completes on the caller's context.
     *
     * @see Strandline#open(Vertx, String, StrandlineOptions)
     */
    Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options);

    /** The one engine on the class path for an address. Fails with Invalid if there is none or more than one. */
    static Future<Engine> of(String address) {
        List<Engine> all = new ArrayList<>();
        List<Engine> candidates = new ArrayList<>();
        for (Engine engine : ServiceLoader.load(Engine.class)) {
            all.add(engine);
            if (address.startsWith(engine.scheme() + ":")) {
                candidates.add(engine);
            }
        }
        if (candidates.size() == 1) {
            return Future.succeededFuture(candidates.get(0));
        }
        String found = candidates.isEmpty()
                ? "no engine serves address \"" + address + "\"; engines on the class path: " + names(all)
                : candidates.size() + " engines serve address \"" + address + "\": " + names(candidates);
        return Future.failedFuture(new StrandlineException.Invalid(found));
    }

    private static String names(List<Engine> engines) {
        List<String> names = new ArrayList<>();
        for (Engine engine : engines) {
            names.add(engine.scheme() + ": (" + engine.getClass().getName() + ")");
        }
        return names.isEmpty() ? "none" : String.join(", ", names);
    }
}
