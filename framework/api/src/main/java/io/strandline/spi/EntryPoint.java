package io.strandline.spi;

import io.strandline.Strandline;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/** Makes what an application calls out of what an engine offers. The API implements it, engines call {@link LogPort}. */
public interface EntryPoint {

    /** As {@link LogPort#strandline}. */
    Strandline over(Vertx vertx, LogPort port);

    /** As {@link LogPort#of}. */
    @Nullable
    LogPort portOf(Strandline log);
}
