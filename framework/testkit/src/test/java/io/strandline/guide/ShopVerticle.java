package io.strandline.guide;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

// GUIDE: begin configured
/** Opens the log that its configuration describes, and deploys the verticles that use it. */
public final class ShopVerticle extends VerticleBase {

    @Override
    public Future<?> start() {
        DeploymentOptions log = new DeploymentOptions().setConfig(config().getJsonObject("strandline"));
        return vertx.deployVerticle("io.strandline.StrandlineVerticle", log)
                .compose(opened -> vertx.deployVerticle(OrderVerticle::new, new DeploymentOptions().setInstances(2)));
    }
}
// GUIDE: end configured
