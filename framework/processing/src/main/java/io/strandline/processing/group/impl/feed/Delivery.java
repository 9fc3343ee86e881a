package io.strandline.processing.group.impl.feed;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.StreamName;
import io.strandline.Truncation;
import io.strandline.processing.group.GroupBatch;
import io.strandline.processing.group.GroupBatchHandler;
import io.strandline.processing.group.GroupEvent;
import io.strandline.processing.group.GroupHandler;
import io.strandline.processing.group.GroupOptions;
import io.strandline.processing.group.GroupReader;
import io.strandline.spi.Logger;
import io.strandline.spi.UserCode;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls the application: with the events that its group wants, with gaps, and with partitions that come and go. */
public final class Delivery<E> {

    private static final Logger LOG = Logger.of(Delivery.class);

    private final String group;
    private final FilterCodec<E> codec;
    private Set<String> keys = Set.of();
    private @Nullable GroupHandler<E> handler;
    private @Nullable GroupBatchHandler<E> batchHandler;
    private int batchEvents;
    private int keyConcurrency = 1;
    private @Nullable Handler<Truncation> truncationHandler;
    private @Nullable Function<GroupReader.Gained, Future<?>> gainedHandler;
    private @Nullable Handler<GroupReader.Lost> lostHandler;

    public Delivery(String group, EventCodec<E> codec, GroupOptions options) {
        this.group = group;
        this.codec = new FilterCodec<>(codec);
        filter(options);
    }

    /** Applies the filters of these options from the next event on. */
    public void filter(GroupOptions options) {
        codec.filter(options.getTypes());
        keys = Set.copyOf(options.getKeys());
    }

    /**
     * Hands events to a handler.
     *
     * @param keysAtOnce most keys of one partition whose events are at the handler at once
     */
    public void to(GroupHandler<E> eventHandler, int keysAtOnce) {
        handler = eventHandler;
        keyConcurrency = keysAtOnce;
    }

    /**
     * As {@link #to}, with events in batches.
     *
     * @param most events of a batch
     */
    public void toBatches(GroupBatchHandler<E> handlerOfBatches, int most) {
        batchHandler = handlerOfBatches;
        batchEvents = most;
    }

    public boolean hasHandler() {
        return handler != null || batchHandler != null;
    }

    boolean isInBatches() {
        return batchHandler != null;
    }

    int keyConcurrency() {
        return keyConcurrency;
    }

    /** Encoded bytes of the event that was decoded last, which is the one that a feed takes. */
    int decodedBytes() {
        return codec.decodedBytes();
    }

    int batchEvents() {
        return batchEvents;
    }

    public void truncationHandler(@Nullable Handler<Truncation> handlerOfGaps) {
        truncationHandler = handlerOfGaps;
    }

    public void gainedHandler(@Nullable Function<GroupReader.Gained, Future<?>> handlerOfGains) {
        gainedHandler = handlerOfGains;
    }

    public void lostHandler(@Nullable Handler<GroupReader.Lost> handlerOfLosses) {
        lostHandler = handlerOfLosses;
    }

    public EventCodec<Object> codec() {
        return codec;
    }

    /** Whether events of a key are handed to the handler. */
    boolean wants(@Nullable String key) {
        return keys.isEmpty() || (key != null && keys.contains(key));
    }

    /** Calls the handler. Anything that it throws fails the future. */
    Future<?> hand(StreamName stream, EventRecord<Object> record, int attempt) {
        GroupHandler<E> to = handler;
        if (to == null) {
            return Future.failedFuture(new IllegalStateException("no handler"));
        }
        if (record.event() instanceof FilterCodec.Undecodable undecodable) {
            return Future.failedFuture(undecodable.cause());
        }
        try {
            @SuppressWarnings("unchecked") // the codec gives events of E, or what was sorted out above
            EventRecord<E> event = (EventRecord<E>) (EventRecord<?>) record;
            return UserCode.orRefused(
                    "the handler of group " + group, to.handle(new GroupEvent<>(stream, event, attempt)));
        } catch (Throwable e) { // an Error must not pass for a processed event either
            return Future.failedFuture(e);
        }
    }

    /** As {@link #hand(StreamName, EventRecord, int)}, with the events of a batch, all of which were decoded. */
    Future<?> hand(GroupBatch<Object> batch) {
        GroupBatchHandler<E> to = batchHandler;
        if (to == null) {
            return Future.failedFuture(new IllegalStateException("no handler of batches"));
        }
        try {
            @SuppressWarnings("unchecked") // the codec gives events of E, or what was sorted out before
            GroupBatch<E> events = (GroupBatch<E>) (GroupBatch<?>) batch;
            return UserCode.orRefused("the batch handler of group " + group, to.handle(events));
        } catch (Throwable e) { // an Error must not pass for a processed batch either
            return Future.failedFuture(e);
        }
    }

    /** A partition has come. Its events are to wait for the future. Anything that the application throws fails it. */
    Future<?> gained(GroupReader.Gained gained) {
        Function<GroupReader.Gained, Future<?>> asked = gainedHandler;
        if (asked == null) {
            return Future.succeededFuture();
        }
        try {
            return UserCode.orRefused("the handler of gained partitions of group " + group, asked.apply(gained));
        } catch (Throwable e) { // else the partition would wait forever
            return Future.failedFuture(e);
        }
    }

    /** A partition has gone. */
    void lost(GroupReader.Lost lost) {
        Handler<GroupReader.Lost> told = lostHandler;
        if (told != null) {
            try {
                told.handle(lost);
            } catch (Throwable e) { // it was notified, the reader goes on
                LOG.error("Group {}: the handler of lost partitions failed on {}", group, lost, e);
            }
        }
    }

    /** Events were removed before they were read. */
    void skipped(Truncation skipped) {
        LOG.warn(
                "Group {} goes on at offset {} of partition {} of {}: {} events before it were removed unread",
                group,
                skipped.to(),
                skipped.partition(),
                skipped.stream(),
                skipped.to() - skipped.from());
        Handler<Truncation> told = truncationHandler;
        if (told != null) {
            try {
                told.handle(skipped);
            } catch (Throwable e) { // it was notified, the partition goes on
                LOG.error("Group {}: the truncation handler failed on {}", group, skipped, e);
            }
        }
    }
}
