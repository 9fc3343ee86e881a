package io.strandline.samples.flights;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.Appended;
import io.strandline.Strandline;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.json.JsonCodec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first example, unchanged except for the directory. */
class ReadmeTest {

    record Order(String article, int pieces) {
        static final JsonCodec<Order> CODEC = JsonCodec.of("order", 1, Order.class);
    }

    @TempDir
    Path directory;

    private static Future<Appended> example(Vertx vertx, String address) {
        return Strandline.open(vertx, address).compose(log -> log.catalog()
                .createScope("shop")
                .compose(created -> log.catalog().createStream("shop/orders", new StreamOptions().setPartitions(16)))
                .compose(orders -> log.createWriter("shop/orders", Order.CODEC, new WriterOptions()))
                .compose(writer -> writer.append("customer-7", new Order("tea", 2)))
                .onSuccess(appended -> System.out.println("durable at offset " + appended.offset())));
    }

    @Test
    void theFirstExampleRuns() throws Exception {
        Vertx vertx = Vertx.vertx();
        Promise<Appended> done = Promise.promise();
        vertx.getOrCreateContext().runOnContext(nothing -> example(vertx, "file:" + directory.resolve("data"))
                .onComplete(done));
        Appended appended =
                done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(appended.offset()).isZero();
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
