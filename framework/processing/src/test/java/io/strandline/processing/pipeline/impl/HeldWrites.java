package io.strandline.processing.pipeline.impl;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventCodec;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A codec of texts, each of which it writes when it may. */
final class HeldWrites {

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);

    final EventCodec<String> codec = TextCodec.of(
            "slow",
            text -> {
                begun.countDown();
                await(open);
                return text;
            },
            text -> text);

    void awaitBegun() {
        await(begun);
    }

    void open() {
        open.countDown();
    }

    /** Waits for a minute at most. */
    static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
