package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamDescription;
import io.strandline.Transaction;
import io.strandline.TransactionStatus;
import io.strandline.WriterOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import io.strandline.server.impl.operation.Dispatch;
import io.strandline.server.impl.operation.DispatchBounds;
import io.strandline.server.security.ResourcePattern;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.server.security.TokenIssuer;
import io.strandline.server.security.TokenOptions;
import io.strandline.spi.LogPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every operation of the table, by callers with no credentials, with wrong ones, with expired ones, with every right but the needed one, and
 * with the needed one alone, at every door. The rules are made from the table, so an operation that is not in {@link MatrixRequests}, or that
 * does not say what it is about, fails.
 */
class AccessMatrixTest extends OnServedLog {

    private static final Buffer SECRET = Buffer.buffer("0123456789abcdef0123456789abcdef");
    private static final Buffer OTHER_SECRET = Buffer.buffer("fedcba9876543210fedcba9876543210");
    private static final int MANY = 1_000_000;

    @TempDir
    private Path directory;

    private MatrixRequests requests;
    private Transaction transaction;
    private List<MatrixDoor> doors;
    private RestMatrixDoor rest;

    /** A call of the matrix. */
    private record Cell<Q>(Operation<Q, ?> operation, Q request) {

        Future<Void> call(MatrixDoor door, Optional<String> credentials) {
            return door.call(credentials, operation, request);
        }

        List<Resource> resources() {
            return operation.resources(request);
        }

        List<RestForms.Form> restForms(RestForms forms) {
            return forms.of(operation, request);
        }
    }

    @BeforeEach
    void open() throws IOException {
        createStream(2);
        StreamDescription orders = get(local.catalog().describe(STREAM));
        Context context = newContext(serverVertx);
        transaction = get(start(context, () -> local.transactions().begin()));
        get(start(context, () -> transaction.append(STREAM, EventCodec.raw(), "a", Buffer.buffer("x"))));
        get(append(context, writer(context, local, new WriterOptions()), 0, 20)); // for reads that wait
        requests = new MatrixRequests(orders, transaction.id());
        Path rules = Files.writeString(directory.resolve("rules"), rules());
        Path key = Files.write(directory.resolve("key"), SECRET.getBytes());
        Security security = get(Security.open(
                serverVertx,
                new SecurityOptions()
                        .setRulesFile(rules.toString())
                        .setTokens(new TokenOptions().setKeyFiles(List.of(key.toString())))
                        .setMaxFailures(MANY)));
        ServedLog served = ServedLog.of(local).secured(security);
        StrandlineServer secured = get(StrandlineServer.listen(serverVertx, served, new ServerOptions().setPort(0)));
        EventBusServer bus = get(EventBusServer.serve(serverVertx, served, new EventBusOptions()));
        RestServer http = get(RestServer.listen(serverVertx, served, new RestOptions().setPort(0)));
        rest = new RestMatrixDoor(http.port(), orders.partitions().get(0).id());
        doors = List.of(
                MatrixDoor.tcp(vertx, secured.port()),
                MatrixDoor.bus(serverVertx, bus),
                rest,
                MatrixDoor.within(
                        new Dispatch(serverVertx, served, Door.TCP, new DispatchBounds(1 << 20, 1 << 20, 10))));
    }

    @AfterEach
    void closeRest() {
        rest.close();
    }

    /** Reads come first, and what ends the stream or the transaction comes last. */
    private List<Cell<?>> cells() {
        List<Cell<?>> cells = new ArrayList<>();
        requests.all().forEach((operation, request) -> cells.add(cell(operation, request)));
        cells.sort(Comparator.comparing((Cell<?> cell) -> cell.operation().repeat())
                .thenComparing(cell -> cell.operation().number()));
        return cells;
    }

    @SuppressWarnings("unchecked") // the requests were put in by the type of their operation
    private static <Q> Cell<Q> cell(Operation<Q, ?> operation, Object request) {
        return new Cell<>(operation, (Q) request);
    }

    // ---- rules of the table

    private String rules() {
        StringBuilder rules = new StringBuilder();
        for (Cell<?> cell : cells()) {
            String name = cell.operation().name();
            for (Resource resource : cell.resources()) {
                rules.append("user:able-" + name + " " + cell.operation().right() + " " + pattern(resource) + "\n");
            }
            for (Right right : Right.values()) {
                if (!right.includes(cell.operation().right())) {
                    rules.append("user:lesser-" + name + " " + right + " *\n");
                }
            }
            rules.append("user:lesser-" + name + " ADMIN scope:other\n");
            rules.append("user:lesser-" + name + " ADMIN pipeline:other\n");
        }
        return rules.toString();
    }

    private static String pattern(Resource resource) {
        return switch (resource.kind()) {
            case PARTITION, TRANSACTION -> "stream:" + STREAM;
            default -> ResourcePattern.text(resource);
        };
    }

    private String token(String name) {
        return "Bearer "
                + TokenIssuer.of(vertx, new TokenOptions(), SECRET).issue(name, List.of(), Optional.empty(), 600);
    }

    private String signed(Buffer key, int seconds) {
        return "Bearer "
                + JWTAuth.create(vertx, new JWTAuthOptions().addPubSecKey(TokenIssuer.key("HS256", key)))
                        .generateToken(
                                new JsonObject()
                                        .put("sub", "able-describe")
                                        .put("exp", System.currentTimeMillis() / 1_000 + seconds),
                                new JWTOptions().setAlgorithm("HS256"));
    }

    // ---- the matrix

    @Test
    void every_operation_is_in_the_matrix_and_says_what_it_is_about() {
        assertThat(requests.all().keySet()).containsExactlyInAnyOrderElementsOf(Operations.ALL);
        for (Cell<?> cell : cells()) {
            assertThat(cell.resources()).as(cell.operation().name()).isNotEmpty();
        }
    }

    @Test
    void every_route_of_the_openapi_document_is_in_the_matrix() {
        List<RestForms.Form> asked = new ArrayList<>();
        for (Cell<?> cell : cells()) {
            if (cell.operation().doors().contains(Door.REST)) {
                asked.addAll(cell.restForms(rest.forms()));
            }
        }
        assertThat(rest.forms().beside(asked)).isEmpty();
    }

    @Test
    void nobody_does_anything_without_credentials_or_with_wrong_or_expired_ones() {
        Map<String, Optional<String>> bad = Map.of(
                "none", Optional.empty(),
                "wrong", Optional.of(signed(OTHER_SECRET, 600)),
                "expired", Optional.of(signed(SECRET, -10)),
                "of another kind", Optional.of("Basic YW5uYTpzZWNyZXQ="),
                "no credentials at all", Optional.of("\u0000\n"));
        StreamCut before = get(local.catalog().endCut(STREAM));
        Cell<?> described = cell(Operations.DESCRIBE, MatrixRequests.ORDERS);
        get(described.call(doors.get(0), Optional.of(signed(SECRET, 600)))); // the same, but not expired
        for (MatrixDoor door : doors) {
            for (Cell<?> cell : cells()) {
                if (door.has(cell.operation())) {
                    bad.forEach((what, credentials) -> assertThat(refusal(cell.call(door, credentials)))
                            .as("%s with %s credentials", cell.operation(), what)
                            .isInstanceOf(StrandlineException.Unauthorized.class)
                            .hasMessageNotContaining("may not"));
                }
            }
        }
        requireUnchanged(before);
    }

    @Test
    void every_right_but_the_needed_one_and_every_right_elsewhere_is_not_enough() {
        StreamCut before = get(local.catalog().endCut(STREAM));
        for (MatrixDoor door : doors) {
            for (Cell<?> cell : cells()) {
                if (door.has(cell.operation())) {
                    assertThat(refusal(cell.call(
                                    door,
                                    Optional.of(
                                            token("lesser-" + cell.operation().name())))))
                            .as("%s", cell.operation())
                            .isInstanceOf(StrandlineException.Unauthorized.class)
                            .hasMessageContaining(
                                    ", which needs " + cell.operation().right() + " on ");
                }
            }
        }
        requireUnchanged(before);
    }

    private void requireUnchanged(StreamCut before) {
        assertThat(get(local.catalog().scopes())).containsExactly("shop");
        assertThat(get(local.catalog().endCut(STREAM))).isEqualTo(before);
        assertThat(get(local.catalog().subscriberNotes(STREAM))).isEmpty();
        assertThat(get(Objects.requireNonNull(LogPort.of(local)).transactions().status(transaction.id())))
                .isEqualTo(TransactionStatus.OPEN);
    }

    @Test
    void the_needed_right_on_that_alone_is_enough() {
        for (Cell<?> cell : cells()) {
            for (MatrixDoor door : doors) {
                if (door.has(cell.operation())) {
                    Future<Void> called = cell.call(
                            door, Optional.of(token("able-" + cell.operation().name())));
                    Throwable failure = get(called.transform((none, why) -> Future.succeededFuture(why)));
                    boolean isAnswered = failure == null
                            || (failure instanceof StrandlineException
                                    && !(failure instanceof StrandlineException.Unauthorized));
                    assertThat(isAnswered)
                            .as("%s: %s", cell.operation(), failure)
                            .isTrue();
                }
            }
        }
    }
}
