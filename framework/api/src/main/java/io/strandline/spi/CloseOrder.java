package io.strandline.spi;

import io.strandline.StrandlineException;
import io.vertx.core.Closeable;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.shareddata.LocalMap;
import io.vertx.core.shareddata.Shareable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What closes with one Vert.x instance, and in which order: what uses something closes before it.
 *
 * <p>{@link Vertx#close()} runs its close hooks in no order, and before it undeploys verticles. So all of Strandline has one
 * hook, which closes {@link CloseOnce.Stage} after stage. The next stage begins when everything in the one before has ended, or has
 * had {@link CloseOnce#LONGEST_CLOSE_MILLIS}. By the time verticles are undeployed everything is closed.
 */
final class CloseOrder implements Closeable, Shareable {

    private static final Logger LOG = Logger.of(CloseOrder.class);
    private static final String MAP = "io.strandline.closing";

    private final VertxInternal vertx;
    private final ContextInternal context;
    private final Map<CloseOnce.Stage, Set<CloseOnce>> open = new EnumMap<>(CloseOnce.Stage.class);
    private volatile boolean closing;

    private CloseOrder(VertxInternal vertx) {
        this.vertx = vertx;
        // A context of no verticle: its timers outlive every undeployment.
        this.context = vertx.createEventLoopContext();
        for (CloseOnce.Stage stage : CloseOnce.Stage.values()) {
            open.put(stage, ConcurrentHashMap.newKeySet());
        }
    }

    /** The order of a Vert.x instance. Each instance has one. */
    static CloseOrder of(Vertx vertx) {
        VertxInternal internal = (VertxInternal) vertx;
        LocalMap<String, CloseOrder> orders = vertx.sharedData().getLocalMap(MAP);
        return orders.computeIfAbsent(MAP, none -> {
            CloseOrder order = new CloseOrder(internal);
            order.closing = !internal.closeFuture().add(order);
            return order;
        });
    }

    /**
     * Closes something with the instance from now on.
     *
     * @throws StrandlineException.Unavailable if the instance is closing
     */
    void add(CloseOnce one) {
        members(one).add(one);
        if (closing) {
            remove(one);
            throw new StrandlineException.Unavailable(one + " cannot be opened: its Vert.x instance is closed");
        }
    }

    void remove(CloseOnce one) {
        members(one).remove(one);
    }

    /** What is open, by name. */
    List<String> names() {
        return open.values().stream()
                .flatMap(Set::stream)
                .map(CloseOnce::toString)
                .sorted()
                .toList();
    }

    private Set<CloseOnce> members(CloseOnce one) {
        Set<CloseOnce> members = open.get(one.stage());
        if (members == null) {
            throw new IllegalStateException("no stage " + one.stage());
        }
        return members;
    }

    /** True from the moment on at which the instance began to close: what belongs to its contexts may be gone. */
    boolean isVertxClosing() {
        return vertx.closeFuture().isClosed();
    }

    /** A context that lives as long as the instance. */
    ContextInternal context() {
        return context;
    }

    /** Called by Vert.x, once, before it undeploys verticles. */
    @Override
    public void close(Completable<Void> completion) {
        closing = true;
        context.runOnContext(begun -> close(List.of(CloseOnce.Stage.values())).onComplete(completion));
    }

    private Future<Void> close(List<CloseOnce.Stage> stages) {
        if (stages.isEmpty()) {
            return Future.succeededFuture();
        }
        List<Future<Void>> ended = new ArrayList<>();
        for (CloseOnce one : open.getOrDefault(stages.get(0), Set.of())) {
            ended.add(one.close()
                    .onFailure(cause -> LOG.warn("{} did not close in good order: {}", one, cause.getMessage())));
        }
        return Future.join(ended).transform(done -> close(stages.subList(1, stages.size())));
    }
}
