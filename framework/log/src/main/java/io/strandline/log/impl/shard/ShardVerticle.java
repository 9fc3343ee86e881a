package io.strandline.log.impl.shard;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/**
 * Gives one shard its event loop: everything that the shard does runs on the context of this verticle. The log deploys
 * one for each of its shards.
 */
public final class ShardVerticle extends VerticleBase {

    /** The context on which the shard runs. */
    Context shardContext() {
        return context;
    }

    @Override
    public Future<?> start() {
        return Future.succeededFuture();
    }
}
