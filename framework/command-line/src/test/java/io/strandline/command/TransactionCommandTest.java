package io.strandline.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.Transaction;
import io.strandline.TransactionOptions;
import io.strandline.Transactions.PartSetAside;
import io.strandline.command.setting.LogTarget.Session;
import io.strandline.command.setting.Waiting;
import io.strandline.log.MemoryEngine;
import io.strandline.server.ServerOptions;
import io.strandline.server.StrandlineServer;
import io.strandline.spi.LogPort;
import io.strandline.spi.TransactionPort;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands on transactions, at a server in this JVM whose log has a part that was set aside. */
class TransactionCommandTest {

    private static final String STREAM = "shop/orders";

    private final List<PartSetAside> parts = new CopyOnWriteArrayList<>(
            List.of(new PartSetAside("broken", StreamName.parse(STREAM), 3, "partition 7 has refused it 8 times")));

    private Session session;
    private String address;

    @BeforeEach
    void serve() {
        Vertx vertx = Vertx.vertx();
        Strandline memory = Waiting.of(Strandline.open(vertx, "memory:", MemoryEngine.options()));
        session = new Session(vertx, vertx.getOrCreateContext(), memory);
        session.call(() -> memory.catalog().createStream(STREAM, new StreamOptions().setCreateScope(true)));
        Strandline log = LogPort.strandline(vertx, withParts(Objects.requireNonNull(LogPort.of(memory))));
        ServerOptions options = new ServerOptions().setPort(0);
        StrandlineServer server = session.call(() -> StrandlineServer.listen(vertx, log, options));
        address = "tcp://127.0.0.1:" + server.port();
    }

    @AfterEach
    void close() {
        Waiting.of(session.vertx().close());
    }

    private interface Answer {
        Object to(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T proxy(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            try {
                return answer.to(method, given == null ? new Object[0] : given);
            } catch (InvocationTargetException e) {
                throw e.getTargetException();
            }
        }));
    }

    /** No log refuses a part for good unless something is wrong with it. */
    private LogPort withParts(LogPort port) {
        TransactionPort below = port.transactions();
        TransactionPort transactions = proxy(TransactionPort.class, (method, given) -> switch (method.getName()) {
            case "partsSetAside" -> Future.succeededFuture(List.copyOf(parts));
            case "dropPart" -> dropped(String.valueOf(given[0]), String.valueOf(given[1]));
            default -> method.invoke(below, given);
        });
        return proxy(
                LogPort.class,
                (method, given) -> method.getName().equals("transactions") ? transactions : method.invoke(port, given));
    }

    private Future<Void> dropped(String id, String stream) {
        return parts.removeIf(part -> part.transaction().equals(id)
                        && part.stream().toString().equals(stream))
                ? Future.succeededFuture()
                : Future.failedFuture(new StrandlineException.Conflict("no part of " + id));
    }

    private Ran run(String... arguments) {
        return Ran.with(Map.of("STRANDLINE_SERVER", address), arguments);
    }

    private String done(String... arguments) {
        Ran ran = run(arguments);
        assertThat(ran.err()).isEmpty();
        assertThat(ran.code()).isEqualTo(ExitCode.DONE);
        return ran.out();
    }

    private Transaction begin(String id) {
        Transaction begun = session.call(() -> session.log().transactions().begin(new TransactionOptions().setId(id)));
        session.call(() -> begun.append(STREAM, EventCodec.raw(), "anna", Buffer.buffer("one")));
        return begun;
    }

    @Test
    void a_transaction_that_nobody_ends_is_listed_and_aborted() {
        assertThat(done("transaction", "list")).isEmpty();
        begin("order-7");
        assertThat(done("transaction", "list")).isEqualTo("order-7 OPEN, 1 events\n");
        assertThat(new JsonArray(done("transaction", "list", "--json")).getJsonObject(0))
                .isEqualTo(new JsonObject()
                        .put("transaction", "order-7")
                        .put("status", "OPEN")
                        .put("events", 1));
        assertThat(run("transaction", "abort", "order-7").code()).isEqualTo(ExitCode.USAGE);
        assertThat(done("transaction", "abort", "order-7", "--dry-run"))
                .isEqualTo("order-7 would be aborted, it is OPEN\n");
        assertThat(done("transaction", "describe", "order-7")).isEqualTo("order-7 is OPEN\n");
        assertThat(new JsonObject(done("transaction", "abort", "order-7", "--yes", "--json")))
                .isEqualTo(new JsonObject()
                        .put("transaction", "order-7")
                        .put("status", "ABORTED")
                        .put("done", true));
        assertThat(done("transaction", "list")).isEmpty();
        assertThat(done("transaction", "abort", "order-7", "--dry-run")).isEqualTo("order-7 is ABORTED already\n");
        assertThat(done("transaction", "abort", "order-7", "--yes")).isEqualTo("order-7 is ABORTED\n");
    }

    @Test
    void a_transaction_that_is_committed_or_not_known_is_not_aborted() {
        Transaction committed = begin("order-8");
        session.call(committed::commit);
        for (String flag : List.of("--dry-run", "--yes")) {
            Ran late = run("transaction", "abort", "order-8", flag);
            assertThat(late.code()).isEqualTo(ExitCode.FAILED);
            assertThat(late.err()).startsWith("Conflict: ").contains("order-8", "COMMITTED");
            Ran unknown = run("transaction", "abort", "order-9", flag);
            assertThat(unknown.code()).isEqualTo(ExitCode.FAILED);
            assertThat(unknown.err()).startsWith("NotFound: ").contains("order-9");
        }
        assertThat(done("transaction", "describe", "order-8")).isEqualTo("order-8 is COMMITTED\n");
    }

    @Test
    void a_part_that_was_set_aside_is_listed_and_dropped() {
        String part = "broken shop/orders, 3 events: partition 7 has refused it 8 times\n";
        assertThat(done("transaction", "parts")).isEqualTo(part);
        assertThat(new JsonArray(done("transaction", "parts", "--json"))
                        .getJsonObject(0)
                        .fieldNames())
                .containsExactlyInAnyOrder("transaction", "stream", "events", "why");
        assertThat(run("transaction", "drop-part", "broken", STREAM).code()).isEqualTo(ExitCode.USAGE);
        assertThat(done("transaction", "drop-part", "broken", STREAM, "--dry-run"))
                .isEqualTo("would be dropped: " + part);
        assertThat(parts).hasSize(1);
        for (String flag : List.of("--dry-run", "--yes")) {
            Ran other = run("transaction", "drop-part", "broken", "shop/letters", flag);
            assertThat(other.code()).isEqualTo(ExitCode.FAILED);
            assertThat(other.err()).startsWith("Conflict: ");
        }
        assertThat(done("transaction", "drop-part", "broken", STREAM, "--yes"))
                .isEqualTo("broken has given up its part of shop/orders\n");
        assertThat(done("transaction", "parts")).isEmpty();
    }
}
