package io.strandline;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Opens logs. The framework implements it, applications call {@link Strandline#open(Vertx, String, StrandlineOptions)}. */
public interface StrandlineProvider {

    /** As {@link Strandline#open(Vertx, String, StrandlineOptions)}. */
    Future<Strandline> open(Vertx vertx, String address, StrandlineOptions options);
}
