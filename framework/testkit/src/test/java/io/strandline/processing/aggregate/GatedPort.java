package io.strandline.processing.aggregate;

import io.strandline.Catalog;
import io.strandline.spi.HistoryRequest;
import io.strandline.spi.LogPort;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Promise;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The log as one member has it. Calls of some methods, its catalog's too, wait at a gate, and it is known what the log was asked. */
final class GatedPort {

    private final Forward port;
    private final Map<String, Gate> gates = new ConcurrentHashMap<>();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final Set<String> histories = ConcurrentHashMap.newKeySet();
    private final Set<Long> barriers = ConcurrentHashMap.newKeySet();

    /**
     * What holds a method up.
     *
     * @param isExit whether the log takes the calls, and its answers wait
     */
    private record Gate(Promise<Void> opens, boolean isExit) {}

    GatedPort(LogPort port) {
        this.port = new Forward(port);
    }

    /** Calls of a method wait from now on. */
    void shut(String method) {
        held.remove(method);
        gates.put(method, new Gate(Promise.promise(), false));
    }

    /** Calls of a method pass, and so do those that wait. */
    void open(String method) {
        Gate gate = gates.remove(method);
        if (gate != null) {
            gate.opens().complete();
        }
    }

    /** The log takes calls of a method, and its answers wait from now on. */
    void shutExit(String method) {
        held.remove(method);
        gates.put(method, new Gate(Promise.promise(), true));
    }

    /** Later calls pass. Those that wait do so until the promise is completed or failed. */
    Promise<Void> letLaterPass(String method) {
        return Objects.requireNonNull(gates.remove(method)).opens();
    }

    /** Whether a call of a method, or its answer, waits or has waited at what was shut last. */
    boolean hasHeld(String method) {
        return held.contains(method);
    }

    /** Forgets what the log was asked. */
    void forget() {
        histories.clear();
        barriers.clear();
    }

    /** Whether the history of a key was asked for. */
    boolean hasReadHistoryOf(String key) {
        return histories.contains(key);
    }

    /** Whether the claim of a partition was to be proven. */
    boolean hasProven(long partition) {
        return barriers.contains(partition);
    }

    LogPort asPort() {
        return gated(LogPort.class, port);
    }

    private <T> T gated(Class<T> type, Forward target) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    note(arguments == null ? new Object[0] : arguments, method.getName());
                    Gate gate = gates.get(method.getName());
                    if (method.getReturnType() == Catalog.class) {
                        return gated(Catalog.class, new Forward(target.call(method, arguments)));
                    }
                    if (gate == null) {
                        return target.call(method, arguments);
                    }
                    if (!gate.isExit()) {
                        held.add(method.getName());
                        return gate.opens().future().compose(open -> target.later(method, arguments));
                    }
                    return target.later(method, arguments).compose(answer -> {
                        held.add(method.getName());
                        return gate.opens().future().map((Object) answer);
                    });
                }));
    }

    private void note(Object[] arguments, String method) {
        for (Object argument : arguments) {
            if (argument instanceof HistoryRequest history) {
                histories.add(new String(history.key(), StandardCharsets.UTF_8));
            } else if (argument instanceof WriterGrant grant && method.equals("barrier")) {
                barriers.add(grant.slots().get(0).partition().id());
            }
        }
    }
}
