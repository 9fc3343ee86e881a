package io.strandline.server;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.PartitionDescription;
import io.strandline.Sequence;
import io.strandline.Strandline;
import io.strandline.StreamName;
import io.strandline.WriterOptions;
import io.strandline.client.operation.Nothing;
import io.strandline.client.operation.Operations;
import io.strandline.client.operation.Requests;
import io.strandline.testkit.BatchBuilder;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests with damaged bytes: each is refused, or does what it says, and everybody else goes on. */
class MalformedFramesTest extends OnServedLog {

    private static final int MUTATIONS_PER_CONNECTION = 20;

    @Test
    void a_damaged_request_harms_nobody_else() {
        damage(10_000, 20_261_130L);
    }

    @Tag("soak")
    @Test
    void damaged_requests_harm_nobody_else_however_many() {
        damage(1_000_000, System.nanoTime());
    }

    private void damage(int mutations, long seed) {
        System.out.println("mutation seed " + seed);
        createStream(2);
        Strandline remote = connect();
        Context context = newContext(vertx);
        EventWriter<Buffer> writer = writer(context, remote, new WriterOptions());
        SplittableRandom random = new SplittableRandom(seed);
        List<byte[]> requests = requests();
        int events = 0;
        for (int done = 0; done < mutations; done += MUTATIONS_PER_CONNECTION) {
            RawClient client = get(RawClient.connect(vertx, server.port()));
            client.send(
                    random.nextInt(20) == 0
                            ? damaged(RawClient.hello(RawClient.session(), 1), random)
                            : RawClient.hello(RawClient.session(), 1));
            for (int i = 0; i < MUTATIONS_PER_CONNECTION; i++) {
                client.send(damaged(requests.get(random.nextInt(requests.size())), random));
            }
            if (done % 1_000 == 0) {
                get(append(context, writer, events, events + 10));
                events += 10;
            }
            get(client.socket().end().otherwiseEmpty());
        }
        get(append(context, writer, events, events + 10));
        assertThat(readAll(remote)).hasSize(events + 10);
        get(remote.close());
        until(vertx, "no connection is left", () -> server.connections() == 0);
        get(server.close());
    }

    /** Of operations that leave the stream as it is. */
    private List<byte[]> requests() {
        PartitionDescription partition =
                get(local.catalog().describe(STREAM)).partitions().get(0);
        byte[] batch = new BatchBuilder(partition.id(), 99, 1, Sequence.NONE, Sequence.of(1))
                .add("k", new byte[100])
                .build();
        // Its checksum is wrong before any damage, so that none of it is taken.
        batch[batch.length - 1] ^= 1;
        List<byte[]> requests = new ArrayList<>();
        requests.add(RawClient.request(Operations.SCOPES, 1, Nothing.NOTHING));
        // Of another stream, because a damaged number may make it one that deletes.
        requests.add(RawClient.request(Operations.DESCRIBE, 2, StreamName.parse("shop/other")));
        requests.add(RawClient.request(Operations.READ_EVENTS, 3, new Requests.Read(partition, 0, 1_000)));
        requests.add(RawClient.request(Operations.AWAIT_EVENTS, 4, new Requests.Read(partition, 0, 1_000)));
        requests.add(RawClient.request(Operations.OFFSET_AT, 5, new Requests.OffsetAt(partition, 7)));
        requests.add(RawClient.request(
                Operations.ADMIT_WRITER, 6, new Requests.Admit(StreamName.parse("shop/other"), Optional.empty())));
        requests.add(RawClient.request(
                Operations.APPEND, 7, Requests.Append.of(BatchBuilder.parcel(partition.shard(), batch))));
        return requests;
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
