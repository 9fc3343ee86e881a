package io.strandline.server.impl.listening;

import java.util.concurrent.atomic.AtomicInteger;

/** The connections of a door whose TLS handshake goes on, up to a limit. Callable from any thread. */
final class Handshakes {

    private final int most;
    private final AtomicInteger underWay = new AtomicInteger();

    Handshakes(int most) {
        this.most = most;
    }

    /** False if there are too many, and then none is begun. */
    boolean begin() {
        if (underWay.incrementAndGet() <= most) {
            return true;
        }
        underWay.decrementAndGet();
        return false;
    }

    void end() {
        underWay.decrementAndGet();
    }
}
