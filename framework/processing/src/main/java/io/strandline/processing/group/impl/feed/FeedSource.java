package io.strandline.processing.group.impl.feed;

import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.spi.Backoff;
import io.strandline.spi.RetryWindow;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The reader of a feed's partition: opened where the feed is, again after what may pass, and paused as the feed says. */
public final class FeedSource<E> {

    private static final int READ_PAUSE_MILLIS = 100;

    private final StreamName stream;
    private final long partition;
    private final FeedTools<E> tools;
    private final Listener feed;
    private @Nullable EventReader<Object> reader;
    /** What comes of an earlier reader does not count. */
    private long number;

    private boolean paused;
    private long openedNanos;
    private @Nullable RetryWindow retries;
    private long failingAt = -1;

    /** The feed. */
    interface Listener {

        /** Begins, or begins again, to read at the position. */
        void open();

        /** Says whether to read on. */
        void followDemand();

        /** An event has come. */
        void take(EventRecord<Object> record);

        /** Nothing more comes: the partition is sealed. */
        void readToEnd();

        /** Nothing more comes of this reader. */
        void readFailed(@Nullable Throwable cause);

        /** Runs now, or when the feed is done with its current work. Does not run if the feed stops. */
        void whenFree(Runnable task);
    }

    FeedSource(StreamName stream, long partition, FeedTools<E> tools, Listener feed) {
        this.stream = stream;
        this.partition = partition;
        this.tools = tools;
        this.feed = feed;
    }

    /** Begins to read. Reading ends with a sealed partition, because the group handles its successors. */
    void open(long offset, int readAheadBytes) {
        long opening = ++number;
        openedNanos = tools.place().runtime().nanoTime();
        ReaderOptions options = new ReaderOptions()
                .setFrom(StartPosition.at(StreamCut.of(stream, partition, offset)))
                .setFollowScaling(false)
                .setReadAheadBytes(readAheadBytes);
        Future<EventReader<Object>> opened = tools.place()
                .log()
                .subscribe(stream.toString(), tools.delivery().codec(), options);
        opened.onComplete((done, failure) -> tools.place().runtime().run(() -> opened(opening, done, failure)));
    }

    private void opened(long opening, @Nullable EventReader<Object> opened, @Nullable Throwable failure) {
        if (opening != number) {
            if (opened != null) {
                opened.close();
            }
            return;
        }
        if (opened == null) {
            feed.readFailed(failure);
            return;
        }
        reader = opened;
        paused = false;
        opened.exceptionHandler(cause -> stops(opening, () -> feed.readFailed(cause)));
        opened.endHandler(ended -> stops(opening, feed::readToEnd));
        feed.followDemand();
        opened.handler(feed::take);
    }

    private void stops(long stopping, Runnable then) {
        if (stopping == number) {
            reader = null;
            feed.whenFree(then);
        }
    }

    /**
     * Opens the feed again after a pause. False if no event has come for longer than the options allow. A reader gives up
     * sooner, so a reader that lived for longer has worked meanwhile.
     *
     * @param offset where the feed is
     */
    boolean openAgain(long offset) {
        GroupRuntime runtime = tools.place().runtime();
        long longestMillis = tools.place().options().getRetryTimeoutMillis();
        RetryWindow window = retries;
        if (window == null || failingAt != offset || runtime.nanoTime() - openedNanos > longestMillis * 1_000_000) {
            failingAt = offset;
            // All pauses are equal: the reader itself has repeated its reads with growing ones before it failed.
            window = new RetryWindow(
                    runtime::nanoTime, Backoff.exact(READ_PAUSE_MILLIS, READ_PAUSE_MILLIS), longestMillis);
            retries = window;
        }
        long pause = window.pause();
        if (pause == RetryWindow.OVER) {
            return false;
        }
        long failed = number;
        runtime.timer(pause, () -> {
            if (failed == number) {
                feed.open();
            }
        });
        return true;
    }

    void pause(boolean pause) {
        EventReader<Object> open = reader;
        if (open != null && pause != paused) {
            paused = pause;
            if (pause) {
                open.pause();
            } else {
                open.resume();
            }
        }
    }

    void close() {
        number++;
        EventReader<Object> open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    @Override
    public String toString() {
        return reader == null ? "no reader" : paused ? "reader paused" : "reading";
    }
}
