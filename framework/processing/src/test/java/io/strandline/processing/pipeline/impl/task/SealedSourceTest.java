package io.strandline.processing.pipeline.impl.task;

import static io.strandline.processing.pipeline.impl.PipelineFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.StreamOptions;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.MemoryLog;
import io.strandline.processing.pipeline.impl.PartialLog;
import io.strandline.processing.pipeline.impl.Scalings;
import io.strandline.processing.pipeline.impl.TextCodec;
import io.strandline.processing.pipeline.impl.checkpoint.KnownDecisions;
import io.strandline.processing.pipeline.impl.state.StateBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SealedSourceTest {

    private static final String STREAM = "bank/deposits";

    private final Vertx vertx = Vertx.vertx();
    private final MemoryLog log = new MemoryLog();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean isOver;

    private final Strandline strandline = new PartialLog() {
        @Override
        public Future<StreamDescription> describe(String stream) {
            asked.incrementAndGet();
            return Future.succeededFuture().map(asked -> log.describe(stream));
        }
    };

    @BeforeEach
    void create() {
        log.createScope("bank");
        log.createStream(STREAM, new StreamOptions());
    }

    @AfterEach
    void close() {
        await(vertx.close());
    }

    private SealedSource source(String stream, long retryTimeoutMillis) {
        Pipeline pipeline = Pipeline.named("ledger", 1)
                .from(stream, TextCodec.STRING)
                .keyBy(deposit -> deposit)
                .aggregate("last", TextCodec.STRING, key -> "", (before, deposit) -> deposit)
                .build();
        RunSetting run = new RunSetting(
                vertx,
                strandline,
                pipeline,
                new PipelineOptions().setRetryTimeoutMillis(retryTimeoutMillis),
                new KnownDecisions(),
                null,
                StateBudget.unlimited(),
                strandline,
                false);
        return new SealedSource(run, () -> isOver);
    }

    @Test
    void asks_until_the_seal_is_shown() {
        long parent = Scalings.split(log, STREAM, 0, 3);
        StreamDescription described = await(source(STREAM, 60_000).describe(() -> Map.of(parent, 0L)));
        assertThat(described.successors(parent)).hasSize(2);
        assertThat(asked).hasValue(4);
    }

    @Test
    void gives_up_with_what_is_missing_when_it_has_asked_for_long_enough() {
        long open = log.describe(STREAM).partitions().get(0).id();
        assertThatThrownBy(() -> await(source(STREAM, 50).describe(() -> Map.of(open, 17L))))
                .isInstanceOf(StrandlineException.Unavailable.class)
                .hasMessageContaining("partition " + open + " of " + STREAM + " ended at offset 17")
                .hasMessageContaining("what took over");
    }

    @Test
    void does_not_ask_again_for_a_stream_that_is_gone() {
        assertThatThrownBy(() -> await(source("bank/nothing", 60_000).describe(() -> Map.of(7L, 0L))))
                .isInstanceOf(StrandlineException.NotFound.class);
        assertThat(asked).hasValue(1);
    }

    @Test
    void does_not_ask_again_when_nobody_waits() {
        long open = log.describe(STREAM).partitions().get(0).id();
        isOver = true;
        Future<StreamDescription> described = source(STREAM, 60_000).describe(() -> Map.of(open, 17L));
        assertThat(described.cause()).isInstanceOf(StrandlineException.Unavailable.class);
        assertThat(asked).hasValue(1);
    }
}
