package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.refusal;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Catalog;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Retention;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.server.security.Authenticator;
import io.strandline.server.security.Identity;
import io.strandline.server.security.Security;
import io.strandline.server.security.SecurityOptions;
import io.strandline.spi.LogPort;
import io.strandline.spi.backup.BackupPoint;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A server that lives, and does not answer some of its calls: each ends at its time, and what comes later harms nobody. */
class RequestDeadlineTest extends OnServedLog {

    private static final int IN_FLIGHT = 4;

    private static final long MILLIS = 700;

    /** What becomes of the answers of a method of the log or of its catalog. */
    private final Map<String, UnaryOperator<Future<?>>> answers = new ConcurrentHashMap<>();

    private final AtomicInteger greetings = new AtomicInteger();

    @Override
    ClientOptions clientOptions() {
        return super.clientOptions()
                .setCredentials("Bearer me")
                .setRequestTimeoutMillis(MILLIS)
                .setSilenceMillis(60_000);
    }

    private <T> T held(Class<T> type, Object target) {
        InvocationHandler calls = (proxy, method, arguments) -> {
            if (method.getName().equals("catalog")) {
                return held(Catalog.class, invoked(target, method, arguments));
            }
            UnaryOperator<Future<?>> answer = answers.get(method.getName());
            Object result = invoked(target, method, arguments);
            return answer == null ? result : answer.apply((Future<?>) result);
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, calls));
    }

    private static Object invoked(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** A client of a server of the log. Its greetings are counted. */
    private Strandline open(ServerOptions options) {
        LogPort port = held(LogPort.class, Objects.requireNonNull(LogPort.of(local)));
        Authenticator counting = credentials -> {
            greetings.incrementAndGet();
            return Future.succeededFuture(Identity.of("me", List.of()));
        };
        StrandlineServer holding = get(StrandlineServer.listen(
                serverVertx,
                ServedLog.of(LogPort.strandline(serverVertx, port))
                        .secured(Security.of(
                                counting,
                                (who, needed, resource) -> Future.succeededFuture(true),
                                new SecurityOptions().setAudit(false))),
                options.setPort(0)));
        return connect(holding.port());
    }

    private Strandline open() {
        return open(new ServerOptions().setMaxRequestsInFlight(IN_FLIGHT));
    }

    /** Holds the answers of a method. They come when the promise is completed. */
    private Promise<Void> hold(String method) {
        Promise<Void> free = Promise.promise();
        answers.put(method, answer -> free.future().compose(freed -> answer));
        return free;
    }

    @Test
    void a_call_without_an_answer_fails_at_its_time_and_the_connection_goes_on() {
        createStream(1);
        Strandline remote = open();
        // More often than the connection has room for, if one of them kept it.
        for (int i = 0; i < IN_FLIGHT; i++) {
            Promise<Void> free = hold("describe");
            assertThat(refusal(remote.catalog().describe(STREAM)))
                    .isInstanceOf(StrandlineException.Unavailable.class)
                    .hasMessageContaining("describe was not answered")
                    .hasMessageContaining("for more than " + MILLIS + " ms");
            free.complete();
            answers.clear();
            assertThat(get(remote.catalog().describe(STREAM)).partitions()).hasSize(1);
        }
        assertThat(greetings).hasValue(1);
    }

    @Test
    void a_call_that_may_have_changed_something_is_in_doubt_then() {
        createStream(1);
        Strandline remote = open();
        hold("setRetention");
        hold("deleteScope");
        assertThat(refusal(remote.catalog().setRetention(STREAM, Retention.maxBytes(1 << 30))))
                .isInstanceOf(StrandlineException.Unknown.class);
        assertThat(get(local.catalog().policies(STREAM)).retention()).isEqualTo(Retention.maxBytes(1 << 30));
        get(local.catalog().createScope("empty"));
        assertThat(refusal(remote.catalog().deleteScope("empty"))).isInstanceOf(StrandlineException.Unknown.class);
    }

    /** One parcel is in the log, and its answer is late. */
    @Test
    void an_append_that_is_repeated_at_its_time_is_in_the_log_once() {
        createStream(1);
        Strandline remote = open();
        Context context = newContext(vertx);
        AtomicInteger appends = new AtomicInteger();
        Promise<Void> free = Promise.promise();
        answers.put(
                "append",
                answer -> appends.incrementAndGet() == 1 ? free.future().compose(freed -> answer) : answer);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        List<Appended> appended = get(append(context, writer, 0, 1));
        assertThat(appended).singleElement().matches(one -> one.offset() == 0);
        assertThat(appends).hasValue(2);
        free.complete();
        get(append(context, writer, 1, 3));
        assertThat(readAll(remote)).containsExactly(0, 1, 2);
        assertThat(greetings).hasValue(1);
    }

    @Test
    void a_wait_and_a_backup_have_no_such_time() {
        createStream(1);
        Strandline remote = open();
        AtomicInteger seen = new AtomicInteger();
        AtomicInteger waits = new AtomicInteger();
        answers.put("awaitEvents", answer -> {
            waits.incrementAndGet();
            return answer;
        });
        get(start(newContext(vertx), () -> remote.subscribe(STREAM, EventCodec.raw(), new ReaderOptions())
                .onSuccess(reader -> reader.handler(event -> seen.incrementAndGet()))));
        until(vertx, "a wait", () -> waits.get() == 1);
        Promise<Void> copied = Promise.promise();
        BackupPoint point = new BackupPoint("copy", 1, 2, 3, 3);
        answers.put("backup", refused -> copied.future().map(point));
        Future<BackupPoint> backup = Objects.requireNonNull(LogPort.of(remote)).backup();
        Promise<Void> free = hold("describe");
        for (int i = 0; i < 3; i++) {
            assertThat(refusal(remote.catalog().describe(STREAM))).isInstanceOf(StrandlineException.Unavailable.class);
            free.tryComplete();
            free = hold("describe");
        }
        assertThat(backup.isComplete()).isFalse();
        copied.complete();
        assertThat(get(backup)).isEqualTo(point);
        assertThat(waits).hasValue(1);
        Context context = newContext(serverVertx);
        get(append(context, writer(context, local, new WriterOptions()), 0, 1));
        until(vertx, "the event", () -> seen.get() == 1);
        assertThat(greetings).hasValue(1);
    }

    @Test
    void a_call_that_finds_no_room_for_as_long_was_never_sent() {
        createStream(1);
        Strandline remote = open(new ServerOptions().setMaxBytesInFlight(64 << 10));
        LogPort port = Objects.requireNonNull(LogPort.of(remote));
        Promise<Void> copied = hold("backup");
        Future<BackupPoint> backup = port.backup();
        // Each byte of a head counts 16 times.
        assertThat(refusal(port.catalog().createScope("s".repeat(5_000))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("no room on the connection within " + MILLIS + " ms");
        assertThat(backup.isComplete()).isFalse();
        copied.complete();
    }

    @Test
    void a_connection_that_is_half_full_of_overdue_requests_is_replaced() {
        createStream(1);
        Strandline remote = open();
        hold("describe");
        Future<?> first = remote.catalog().describe(STREAM);
        Future<?> second = remote.catalog().describe(STREAM);
        assertThat(refusal(first)).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(refusal(second)).isInstanceOf(StrandlineException.Unavailable.class);
        until(vertx, "another connection", () -> greetings.get() == 2);
        answers.clear();
        assertThat(get(remote.catalog().describe(STREAM)).partitions()).hasSize(1);
    }
}
