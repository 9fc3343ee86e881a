package io.strandline.server.impl.rest;

import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Exchange;
import io.strandline.server.impl.http.MediaTypes;
import io.strandline.server.impl.http.Problem;
import io.strandline.server.impl.http.Refusal;
import io.strandline.server.security.Identity;
import io.strandline.spi.watch.DoorCounts;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Serves the routes on one event loop. A request goes: router → {@link #begin} → {@link #serve}: who calls → forms → {@link
 * Route#action} on a {@link RoutedExchange} → {@link #answered}.
 */
final class RouteServing {

    private static final String EXCHANGE = "exchange";

    /**
     * A part of a path that its normalization takes away, with what is before it. It may be the name of a writer, and what is left is then
     * another resource: the stream.
     */
    private static final Pattern TAKEN_AWAY = Pattern.compile("(?i)/(/|(\\.|%2e){1,2}(/|$))");

    private static final Pattern LOOPBACK = Pattern.compile("(?i)(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d+)?");

    private final List<Route> routes;
    private final Function<HttpServerRequest, @Nullable Exchange> exchanges;
    private final Function<Exchange, Future<Identity>> callers;
    private final boolean isLocal;
    private final DoorCounts counts;

    /**
     * Serves routes.
     *
     * @param exchanges makes the exchange of a request, null if it is over already
     * @param callers finds out who calls
     * @param isLocal true if only this machine reaches the server
     * @param counts where failures are counted for others
     */
    RouteServing(
            List<Route> routes,
            Function<HttpServerRequest, @Nullable Exchange> exchanges,
            Function<Exchange, Future<Identity>> callers,
            boolean isLocal,
            DoorCounts counts) {
        this.routes = routes;
        this.exchanges = exchanges;
        this.callers = callers;
        this.isLocal = isLocal;
        this.counts = counts;
    }

    Handler<HttpServerRequest> router(Vertx vertx) {
        Router router = Router.router(vertx);
        router.route().handler(this::begin);
        for (Route route : routes) {
            router.route(route.method(), route.routerPath()).handler(routing -> serve(route, routing));
        }
        router.errorHandler(404, routing -> refuse(routing, Problem.noRoute()));
        router.errorHandler(405, this::noMethod);
        router.errorHandler(400, routing -> refuse(routing, Problem.malformed(400, "the address cannot be read")));
        router.errorHandler(500, this::failed);
        return router;
    }

    private void begin(RoutingContext routing) {
        Exchange exchange = exchanges.apply(routing.request());
        if (exchange == null) {
            return;
        }
        routing.put(EXCHANGE, exchange);
        String path = routing.request().path();
        if (path != null && TAKEN_AWAY.matcher(path).find()) {
            refuse(routing, Problem.malformed(400, "a part of the address is empty, \".\" or \"..\""));
        } else {
            routing.next();
        }
    }

    // ---- what belongs to no route

    private void refuse(RoutingContext routing, Problem problem) {
        refuse(routing, Answer.problem(problem));
    }

    /** At once, because the router ends a response that its handler of errors has not ended. */
    private void refuse(RoutingContext routing, Answer answer) {
        Exchange known = routing.get(EXCHANGE);
        Exchange exchange = known == null ? exchanges.apply(routing.request()) : known;
        if (exchange != null) {
            exchange.body().discard();
            exchange.answer(answer);
        }
    }

    private void noMethod(RoutingContext routing) {
        TreeSet<String> allowed = new TreeSet<>();
        String path = routing.normalizedPath();
        for (Route route : routes) {
            if (route.isAt(path)) {
                allowed.add(route.method().name());
            }
        }
        String all = String.join(", ", allowed);
        refuse(
                routing,
                Answer.problem(Problem.noMethod(routing.request().method().name(), all))
                        .with("Allow", all));
    }

    private void failed(RoutingContext routing) {
        Throwable cause = routing.failure();
        refuse(routing, Problem.of(cause == null ? new IllegalStateException("no cause") : cause, "a request"));
    }

    // ---- routes

    private void serve(Route route, RoutingContext routing) {
        Exchange exchange = routing.get(EXCHANGE);
        called(() -> {
                    requireHost(exchange);
                    requireSameSite(exchange);
                    Map<String, String> path = routing.pathParams();
                    MultiMap query = query(routing);
                    return callerOf(route, exchange)
                            .compose(who -> exchange.isAnswered() // the client is gone
                                    ? Future.succeededFuture(Answer.SENT)
                                    : called(() -> act(route, routed(route, exchange, who, path, query))));
                })
                .onComplete((answer, failure) -> answered(route, exchange, answer, failure));
    }

    private Future<Identity> callerOf(Route route, Exchange exchange) {
        return route.isOpen() ? Future.succeededFuture(Identity.ANONYMOUS) : exchange.here(callers.apply(exchange));
    }

    private static RoutedExchange routed(
            Route route, Exchange exchange, Identity who, Map<String, String> path, MultiMap query) {
        exchange.body().held().by(who);
        requireKnownQuery(route, query);
        return new RoutedExchange(exchange, who, path, query, bodyType(route, exchange), answerType(route, exchange));
    }

    private static Future<Answer> act(Route route, RoutedExchange exchange) {
        Future<Answer> acted = route.takesBody()
                ? route.action().serve(exchange)
                : exchange.body().none().compose(none -> route.action().serve(exchange));
        return acted.recover(failure -> Future.failedFuture(
                exchange.hasChanged() ? new Refusal(exchange.afterChanges(Problem.of(failure, route.id()))) : failure));
    }

    private interface Call<T> {
        Future<T> make();
    }

    private static <T> Future<T> called(Call<T> call) {
        try {
            return call.make();
        } catch (RuntimeException e) { // answered as a problem
            return Future.failedFuture(e);
        }
    }

    private void answered(Route route, Exchange exchange, @Nullable Answer answer, @Nullable Throwable failure) {
        if (answer != null) {
            exchange.answer(answer);
            return;
        }
        Problem problem = Problem.of(failure == null ? new IllegalStateException("no answer") : failure, route.id());
        if (problem.isOverloaded()) {
            counts.overloaded();
        }
        exchange.answer(Answer.problem(problem.status() == 409 ? problem.withStatus(route.conflictStatus()) : problem));
    }

    /** A page of another site may have its name resolved to this machine, and would then be of the same origin. */
    private void requireHost(Exchange exchange) {
        String host = exchange.header("Host");
        if (isLocal && host != null && !LOOPBACK.matcher(host).matches()) {
            throw new Refusal(Problem.misdirected("Host is not one of this machine"));
        }
    }

    /**
     * A page of another site may have a browser send requests without a body, with the credentials that the browser has for this server. Browsers
     * say so, other clients say nothing.
     */
    private static void requireSameSite(Exchange exchange) {
        HttpMethod method = exchange.request().method();
        if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
            return; // changes nothing, and the page does not see the answer
        }
        String site = exchange.header("Sec-Fetch-Site");
        String origin = exchange.header("Origin");
        String host = exchange.header("Host");
        boolean isSame = site != null
                ? site.equals("same-origin") || site.equals("none")
                : origin == null || (host != null && origin.matches("(?i)https?://" + Pattern.quote(host)));
        if (!isSame) {
            throw new Refusal(Problem.otherSite("Origin is another site, pages of which may not call this server"));
        }
    }

    private static MultiMap query(RoutingContext routing) {
        try {
            return routing.queryParams();
        } catch (RuntimeException e) { // an escape that is none
            throw Refusal.of("query", "the query cannot be read");
        }
    }

    private static void requireKnownQuery(Route route, MultiMap query) {
        for (String name : query.names()) {
            if (!route.hasQuery(name)) {
                String shown = name.length() > 100 ? name.substring(0, 100) + "…" : name;
                throw Refusal.of(
                        shown, shown + " is no parameter of " + route.id() + ", which knows " + route.queryNames());
            }
        }
    }

    private static String bodyType(Route route, Exchange exchange) {
        if (!route.takesBody()) {
            return "";
        }
        String given = exchange.header("Content-Type");
        String length = exchange.header("Content-Length");
        boolean isEmpty = exchange.header("Transfer-Encoding") == null && (length == null || length.equals("0"));
        if (isEmpty && given == null) {
            return Answer.JSON;
        }
        String taken = String.join(", ", route.bodyTypes());
        if (given == null) {
            throw new Refusal(Problem.missingType(taken));
        }
        String type = MediaTypes.plain(given);
        if (!route.bodyTypes().contains(type) || !MediaTypes.isUtf8(given)) {
            throw new Refusal(Problem.unsupported(given, taken));
        }
        return type;
    }

    private static String answerType(Route route, Exchange exchange) {
        List<String> offered = route.answerTypes();
        if (offered.isEmpty()) {
            return "";
        }
        String best = MediaTypes.best(exchange.header("Accept"), offered);
        if (best == null) {
            throw new Refusal(
                    Problem.notAcceptable(String.valueOf(exchange.header("Accept")), String.join(", ", offered)));
        }
        return best;
    }
}
