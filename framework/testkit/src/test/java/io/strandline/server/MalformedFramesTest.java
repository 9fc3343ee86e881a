package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetector.Level;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.client.ClientOptions;
import io.strandline.client.operation.Door;
import io.strandline.client.operation.Operation;
import io.strandline.client.operation.Requests;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.WireOutput;
import io.strandline.log.LogOptions;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests of every operation with damaged bytes: each is refused, or does what it says, and everybody else goes on. No buffer and no connection
 * stays, and no answer has a place of the server.
 */
class MalformedFramesTest {

    private static final int MUTATIONS_PER_CONNECTION = 20;

    /** Of somebody else. Its name is too far from those of the requests for any damage to become it. */
    private static final String WITNESS = "bystanders/witness";

    /** Id of the frame after all requests of a connection but the last. */
    private static final long LAST = 77;

    private static final String TRANSACTION = "0".repeat(32);

    /** Looks for buffers that nobody has released, and garbage collections between them. */
    private static final int LEAK_ROUNDS = 5;

    @TempDir
    private Path directory;

    private final Vertx serverVertx = Vertx.vertx();
    private final Vertx vertx = Vertx.vertx();
    private final PrintStream errors = System.err;
    private final Level level = ResourceLeakDetector.getLevel();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private Strandline local;
    private StrandlineServer server;

    @BeforeEach
    void listen() {
        ResourceLeakDetector.setLevel(Level.PARANOID);
        local = get(
                Strandline.open(serverVertx, "file:" + directory.resolve("the data"), new LogOptions().setShards(2)));
        server = get(StrandlineServer.listen(serverVertx, local, new ServerOptions().setPort(0)));
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void close() {
        System.setErr(errors);
        ResourceLeakDetector.setLevel(level);
        get(vertx.close());
        get(serverVertx.close());
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void a_damaged_request_harms_nobody_else() {
        damage(10_000, 20_261_130L);
    }

    @Tag("soak")
    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void damaged_requests_harm_nobody_else_however_many() {
        damage(1_000_000, System.nanoTime());
    }

    private void damage(int mutations, long seed) {
        System.out.println("mutation seed " + seed);
        get(local.catalog().createStream(WITNESS, new StreamOptions().setCreateScope(true)));
        Strandline remote =
                get(Strandline.open(vertx, "tcp://127.0.0.1:" + server.port(), new ClientOptions().setPingMillis(50)));
        Context context = newContext(vertx);
        EventWriter<Buffer> writer =
                get(start(context, () -> remote.createWriter(WITNESS, EventCodec.raw(), new WriterOptions())));
        SplittableRandom random = new SplittableRandom(seed);
        Set<String> sent = new TreeSet<>();
        int events = 0;
        long answers = 0;
        for (int done = 0; done < mutations; done += MUTATIONS_PER_CONNECTION) {
            List<Map.Entry<Operation<?, ?>, byte[]>> requests = requests();
            RawClient client = get(RawClient.connect(vertx, server.port()));
            boolean isGreeted = random.nextInt(20) > 0;
            byte[] hello = RawClient.hello(RawClient.session(), 1);
            client.send(isGreeted ? hello : damaged(hello, random));
            if (isGreeted) {
                // A request before that ends the connection.
                until(vertx, "the greeting", () -> !client.of(FrameType.WELCOME).isEmpty());
            }
            for (int i = 1; i < MUTATIONS_PER_CONNECTION; i++) {
                Map.Entry<Operation<?, ?>, byte[]> request = requests.get(random.nextInt(requests.size()));
                sent.add(request.getKey().name());
                client.send(damagedWithin(request.getValue(), random));
            }
            if (isGreeted) {
                client.send(FrameWriter.bytesOf(FrameType.PING, 0, LAST, new WireOutput()));
                until(
                        vertx,
                        "an answer to all that came before",
                        () -> client.isClosed() || !client.of(FrameType.PONG).isEmpty());
                answers += client.frames.size();
            }
            client.send(damaged(requests.get(random.nextInt(requests.size())).getValue(), random));
            if (done % 1_000 == 0) {
                get(OnServedLog.append(context, writer, events, events + 10));
                events += 10;
            }
            get(client.socket().end().otherwiseEmpty());
            get(client.closed());
            client.frames.forEach(this::requireNoPlace);
        }
        get(OnServedLog.append(context, writer, events, events + 10));
        assertThat(sent).hasSize(requests().size());
        assertThat(answers).isGreaterThan(mutations / 3);
        long kept = get(local.catalog().endCut(WITNESS)).offsets().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        assertThat(kept).isEqualTo(events + 10L);
        get(remote.close());
        until(vertx, "no connection is left", () -> server.connections() == 0);
        get(server.close());
        requireNoLeak();
    }

    /** Of every operation over TCP, about what may be deleted meanwhile, and is there again. */
    private List<Map.Entry<Operation<?, ?>, byte[]>> requests() {
        StreamDescription orders =
                get(local.catalog().describe(MatrixRequests.ORDERS.toString()).recover(gone -> local.catalog()
                        .createStream(
                                MatrixRequests.ORDERS.toString(),
                                new StreamOptions().setPartitions(2).setCreateScope(true))));
        List<Map.Entry<Operation<?, ?>, byte[]>> requests = new ArrayList<>();
        new MatrixRequests(orders, TRANSACTION).all().forEach((operation, request) -> {
            if (operation.doors().contains(Door.TCP)) {
                requests.add(Map.entry(operation, request(operation, requests.size() + 1, request)));
            }
        });
        return requests;
    }

    @SuppressWarnings("unchecked") // a request of an operation
    private static <Q> byte[] request(Operation<Q, ?> operation, long id, Object request) {
        if (request instanceof Requests.Append append) {
            // Its checksum is wrong before any damage: a batch of another partition might be the witness's.
            append.batches().bytes()[append.batches().length() - 1] ^= 1;
        }
        return RawClient.request(operation, id, (Q) request);
    }

    // ---- what nobody should find

    private void requireNoPlace(Frame frame) {
        for (byte[] bytes : List.of(frame.head(), frame.bulk())) {
            assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
                    .as(frame.type() + " to request " + frame.id())
                    .doesNotContain(directory.toString(), "the data", "\tat ")
                    .doesNotContain(System.getProperty("user.home") + "/", System.getProperty("user.dir"))
                    .doesNotContain(System.getProperty("java.io.tmpdir") + "/", "Exception");
        }
    }

    /** Netty reports a buffer that was collected without its release when it tracks another one. */
    private void requireNoLeak() {
        for (int round = 0; round < LEAK_ROUNDS; round++) {
            System.gc();
            for (int i = 0; i < 100; i++) {
                PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
            }
        }
        assertThat(said.toString(StandardCharsets.UTF_8)).doesNotContain("LEAK:");
    }

    /** As {@link #damaged}, of the same length, and with what says so. So what follows is read as well. */
    private static byte[] damagedWithin(byte[] bytes, SplittableRandom random) {
        byte[] damaged = damaged(bytes, random);
        if (damaged.length != bytes.length) {
            damaged = bytes.clone();
            damaged[8 + random.nextInt(damaged.length - 8)] = (byte) random.nextInt();
        }
        System.arraycopy(bytes, 0, damaged, 0, 5); // its length and type
        System.arraycopy(bytes, 16, damaged, 16, 4); // the length of its head
        return damaged;
    }

    private static byte[] damaged(byte[] bytes, SplittableRandom random) {
        byte[] damaged = bytes.clone();
        switch (random.nextInt(4)) {
            case 0 -> damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            case 1 -> {
                for (int i = 0; i < 8; i++) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
                }
            }
            case 2 -> damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            // After the header, so that the frame stays one and the message does not.
            default ->
                damaged[20 + random.nextInt(Math.max(1, damaged.length - 20))] ^= (byte) (1 << random.nextInt(8));
        }
        return damaged;
    }
}
