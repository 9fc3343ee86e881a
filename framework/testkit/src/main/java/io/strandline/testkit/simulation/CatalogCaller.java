package io.strandline.testkit.simulation;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls to the catalog, one at a time. A change whose outcome is unknown is asked for again until it has one, as a
 * client would.
 */
final class CatalogCaller {

    private final Clients clients;
    private final Runnable next;
    private boolean asked;

    /** The change that is to be asked for until it is answered for good. */
    private @Nullable Runnable unfinished;

    /** @param next what the client does when it has been answered */
    CatalogCaller(Clients clients, Runnable next) {
        this.clients = clients;
        this.next = next;
    }

    /** The process is gone. */
    void lost() {
        asked = false;
    }

    boolean isDone() {
        return !asked && unfinished == null;
    }

    /** Returns false if a new call may be made. An unfinished change goes first. */
    boolean isBusy() {
        if (!asked && unfinished != null) {
            unfinished.run();
            return true;
        }
        return asked;
    }

    /** Makes a change until it is answered for good. */
    void begin(Runnable change) {
        unfinished = change;
        change.run();
    }

    Catalog catalog() {
        return clients.port().catalog();
    }

    /** Makes a call. {@code taken} gets an answer, {@code refused} gets a failure that is not temporary. */
    <T> void call(Supplier<String> what, Future<T> future, Consumer<T> taken, Predicate<Throwable> refused) {
        asked = true;
        clients.trace(() -> "ask " + what.get());
        clients.answer(
                future,
                (value, failure) -> {
                    asked = false;
                    clients.trace(() -> what.get() + " → " + (failure == null ? value : failure));
                    if (failure == null) {
                        unfinished = null;
                        taken.accept(value);
                    } else if (refused.test(failure)) {
                        unfinished = null;
                    } else {
                        clients.requireTemporary(failure, what);
                    }
                },
                next);
    }

    /** Takes a failure that says that there is no such stream. */
    boolean isNotFound(StreamName name, Throwable failure) {
        if (!(failure instanceof StrandlineException.NotFound)) {
            return false;
        }
        clients.catalog.notFound(name);
        return true;
    }
}
