package io.strandline.sync.bus;

import io.strandline.StreamName;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.util.UUID;

/** Publishes on the event bus that a name has changed. A member that receives this reads the name. */
final class BusNews implements NewsCarrier {

    private final EventBus bus;
    private final String address;
    private UUID log = new UUID(0, 0);

    BusNews(EventBus bus, BusOptions options) {
        this.bus = bus;
        this.address = addressOf(options);
    }

    static String addressOf(BusOptions options) {
        return options.getAddress() + ".news";
    }

    @Override
    public Future<Long> begin(LogOwner owner) {
        log = owner.log();
        return Future.succeededFuture(0L);
    }

    @Override
    public Runnable carry(StreamName name) {
        return () -> bus.publish(address, BusFormat.news(log, name));
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }
}
