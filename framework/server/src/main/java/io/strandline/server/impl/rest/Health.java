package io.strandline.server.impl.rest;

import io.strandline.StrandlineException;
import io.strandline.server.impl.http.Answer;
import io.strandline.server.impl.http.Problem;
import io.strandline.spi.LogPort;
import io.strandline.spi.watch.ShardCondition;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** How a log is: a check for each of its shards, or one for all of a log in another process. Everybody may ask, so no check says why. */
final class Health {

    /** How long a shard may take for its answer, in milliseconds. It is silent then. */
    private static final long ANSWER_MILLIS = 2_000;

    private static final String UP = "up";
    private static final String SILENT = "silent";

    private final List<Check> checks;

    private Health(List<Check> checks) {
        this.checks = checks;
    }

    /** One check, with what was found. */
    private record Check(String name, String status) {

        boolean isUp() {
            return status.equals(UP);
        }

        /** True if it serves reads, and takes what frees room. */
        boolean isReady() {
            return isUp() || status.equals(statusOf(ShardCondition.FULL));
        }

        JsonObject toJson() {
            return new JsonObject().put("name", name).put("status", status);
        }
    }

    /** Asks all shards. Completes on the connection's context, within the time for an answer. */
    static Future<Health> of(LogPort port, RoutedExchange exchange) {
        List<Future<ShardCondition>> asked = port.conditions();
        List<Future<Check>> checks = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            String name = asked.size() == port.shards() ? "shard-" + i : "log";
            checks.add(exchange.here(asked.get(i))
                    .timeout(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                    .map(Health::statusOf)
                    .otherwise(SILENT)
                    .map(status -> new Check(name, status)));
        }
        return Future.all(checks).map(all -> new Health(all.list()));
    }

    private static String statusOf(ShardCondition condition) {
        return condition == ShardCondition.SERVES ? UP : condition.name().toLowerCase(Locale.ROOT);
    }

    static JsonObject schema() {
        return Schemas.object(Map.of(
                "status",
                Schemas.oneOf(UP),
                "checks",
                Schemas.listOf(Schemas.object(Map.of(
                        "name", Schemas.text(), "status", Schemas.oneOf(UP, "full", "recovers", "stopped", SILENT))))));
    }

    /** Whether requests are of use: each shard serves reads at least. */
    Answer readiness() {
        return answer(checks.stream().allMatch(Check::isReady));
    }

    /** Whether nobody has to look after it. */
    Answer whole() {
        return answer(checks.stream().allMatch(Check::isUp));
    }

    private Answer answer(boolean isWell) {
        JsonArray all = new JsonArray();
        checks.forEach(check -> all.add(check.toJson()));
        return isWell
                ? Answer.ok(new JsonObject().put("status", UP).put("checks", all))
                : Answer.problem(Problem.of(new StrandlineException.Unavailable(detail()), "health")
                        .with("checks", all));
    }

    private String detail() {
        return checks.stream()
                .filter(check -> !check.isUp())
                .map(check -> check.name() + ": " + check.status())
                .collect(Collectors.joining(", "));
    }
}
