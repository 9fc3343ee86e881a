package io.strandline.processing.group.impl.feed;

import io.strandline.EventReader;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** The reader of a feed's partition: opened where the feed is, again after what may pass, and paused as the feed says. */
public final class FeedSource<E> {

    private static final long READ_PAUSE_MILLIS = 100;

    private final PartitionFeed<E> feed;
    private final FeedTools<E> tools;
    private @Nullable EventReader<Object> reader;
    /** What comes of an earlier reader does not count. */
    private long number;

    private boolean paused;
    private long openedNanos;
    private long failingSinceNanos;
    private long failingAt = -1;

    FeedSource(PartitionFeed<E> feed, FeedTools<E> tools) {
        this.feed = feed;
        this.tools = tools;
    }

    public static boolean mayPass(@Nullable Throwable cause) {
        return cause == null
                || cause instanceof StrandlineException.Unavailable
                || cause instanceof StrandlineException.Overloaded
                || cause instanceof StrandlineException.NotOwner
                || cause instanceof StrandlineException.Unknown;
    }

    /** Begins to read. Reading ends with a sealed partition, because the group handles its successors. */
    void open(long offset, int readAheadBytes) {
        long opening = ++number;
        openedNanos = tools.place().runtime().nanoTime();
        ReaderOptions options = new ReaderOptions()
                .setFrom(StartPosition.at(StreamCut.of(feed.stream(), feed.partition(), offset)))
                .setFollowScaling(false)
                .setReadAheadBytes(readAheadBytes);
        Future<EventReader<Object>> opened = tools.place()
                .log()
                .subscribe(feed.stream().toString(), tools.delivery().codec(), options);
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
        long now = tools.place().runtime().nanoTime();
        long longest = tools.place().options().getRetryTimeoutMillis() * 1_000_000;
        if (failingAt != offset || now - openedNanos > longest) {
            failingAt = offset;
            failingSinceNanos = now;
        }
        if (now - failingSinceNanos > longest) {
            return false;
        }
        long failed = number;
        tools.place().runtime().timer(READ_PAUSE_MILLIS, () -> {
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
