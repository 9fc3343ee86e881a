package io.strandline.server.impl.rest;

import io.strandline.server.RestOptions;
import io.strandline.server.impl.http.Exchange;
import io.strandline.server.impl.http.OpenResponse;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.strandline.server.impl.http.RequestBody;
import io.strandline.server.security.Identity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An exchange that belongs to a route, and whose caller is known: what an action gets. It is made when all of this is known. Only what it has
 * changed in the log is noted. Belongs to the connection's context.
 */
final class RoutedExchange {

    private final Exchange exchange;
    private final Identity who;
    private final Map<String, String> path;
    private final MultiMap query;
    private final String bodyType;
    private final String answerType;
    private boolean hasChanged;
    private boolean hasFailedToChange;

    /**
     * @param who calls, as authentication has found out
     * @param path the variables of the route's path
     * @param query the parameters, all of which the route knows
     * @param bodyType media type of the body, one that the route takes. Empty if it takes none
     * @param answerType media type of a successful answer, one that the route gives. Empty if it gives none
     */
    RoutedExchange(
            Exchange exchange,
            Identity who,
            Map<String, String> path,
            MultiMap query,
            String bodyType,
            String answerType) {
        this.exchange = exchange;
        this.who = who;
        this.path = path;
        this.query = query;
        this.bodyType = bodyType;
        this.answerType = answerType;
    }

    Identity who() {
        return who;
    }

    String bodyType() {
        return bodyType;
    }

    String answerType() {
        return answerType;
    }

    /** The connection's context. */
    Context context() {
        return exchange.context();
    }

    // ---- what was done

    /** Notes that a change was made, or that one failed. */
    void changed(boolean isDone) {
        hasChanged |= isDone;
        hasFailedToChange |= !isDone;
    }

    boolean hasChanged() {
        return hasChanged;
    }

    /** A problem that ends the exchange after changes: all that it was to do is done, or a part of it. */
    Problem afterChanges(Problem problem) {
        return hasFailedToChange ? problem.inDoubt() : problem.done();
    }

    /** A future that completes on the connection's context, as {@link Exchange#here}. */
    <T> Future<T> here(Future<T> anywhere) {
        return exchange.here(anywhere);
    }

    // ---- the request

    RequestBody body() {
        return exchange.body();
    }

    RestOptions options() {
        return exchange.options();
    }

    /** A header, null without one. */
    @Nullable
    String header(String name) {
        return exchange.header(name);
    }

    /** A part of the path. */
    String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no {" + name + "}");
        }
        return value;
    }

    /** A parameter of the query, null without one. It occurs once. */
    @Nullable
    String query(String name) {
        List<String> values = query.getAll(name);
        if (values.size() > 1) {
            throw Refusal.of(name, name + " is given " + values.size() + " times");
        }
        return values.isEmpty() ? null : values.get(0);
    }

    /** A whole number of the query. */
    long query(String name, long otherwise, long least, long most) {
        String text = query(name);
        if (text == null) {
            return otherwise;
        }
        long value;
        try {
            value = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Refusal.of(name, text, "a whole number of 64 bits");
        }
        if (value < least || value > most) {
            throw Refusal.of(name, name + " is " + value + ", it must be " + least + " to " + most);
        }
        return value;
    }

    /** True or false of the query, false without one. */
    boolean isSet(String name) {
        String text = query(name);
        if (text == null || text.equals("false")) {
            return false;
        }
        if (text.equals("true") || text.isEmpty()) {
            return true;
        }
        throw Refusal.of(name, text, "true or false");
    }

    // ---- the response

    boolean isAnswered() {
        return exchange.isAnswered();
    }

    /** Begins a response that stays open, as {@link Exchange#open}. */
    OpenResponse open(String mediaType, Buffer heartbeat, OpenResponse.Source source) {
        return exchange.open(mediaType, heartbeat, source);
    }

    /** Calls back, at most once, when the server stops or the client is gone before the answer. */
    void onLeave(Runnable wanted) {
        exchange.onLeave(wanted);
    }
}
