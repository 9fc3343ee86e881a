package io.strandline.spi;

import io.vertx.core.Vertx;
import java.util.List;

/** What would close with a Vert.x instance of a test. */
public final class OpenNames {

    private OpenNames() {}

    public static List<String> of(Vertx vertx) {
        return CloseOrder.of(vertx).names();
    }
}
