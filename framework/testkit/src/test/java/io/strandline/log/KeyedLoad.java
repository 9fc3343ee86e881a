package io.strandline.log;

import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Events of many keys, numbered per key: {@link Source} appends them as fast as its writer takes them, up to what it is
 * allowed, and {@link Check} holds what a reader sees to the numbers.
 */
final class KeyedLoad {

    private KeyedLoad() {}

    /** Appends at full speed on its writer's context. */
    static final class Source {

        private final String name;
        private final Context context;
        private final EventWriter<Buffer> writer;
        private final int keys;
        private final Random random;
        private final AtomicLong acknowledged;
        private final AtomicReference<@Nullable Throwable> failure;
        private final long[] next;
        private long written;
        private long allowed;

        /**
         * @param acknowledged counts what is acknowledged
         * @param failure takes the first failure
         */
        Source(
                String name,
                Context context,
                EventWriter<Buffer> writer,
                int keys,
                long seed,
                AtomicLong acknowledged,
                AtomicReference<@Nullable Throwable> failure) {
            this.name = name;
            this.context = context;
            this.writer = writer;
            this.keys = keys;
            this.random = new Random(seed);
            this.acknowledged = acknowledged;
            this.failure = failure;
            this.next = new long[keys];
        }

        /** Lets it append more. */
        void allow(long events) {
            context.runOnContext(ignored -> {
                allowed += events;
                writer.drainHandler(drained -> pump());
                pump();
            });
        }

        private void pump() {
            while (written < allowed && !writer.writeQueueFull()) {
                int key = random.nextInt(keys);
                written++;
                writer.append(name + "-" + key, Buffer.buffer(Long.toString(next[key]++)))
                        .onComplete((appended, cause) -> {
                            if (cause == null) {
                                acknowledged.incrementAndGet();
                            } else {
                                failure.compareAndSet(null, cause);
                            }
                        });
            }
        }

        /** Completes when everything is acknowledged. */
        Future<Void> end() {
            return Applications.start(context, writer::end);
        }
    }

    /** Checks the events of each key against their numbers, on a reader's context, and is asked by the test's thread. */
    static final class Check {

        private final Map<String, Long> next = new HashMap<>();
        private final Promise<Void> done = Promise.promise();
        private long seen;
        private long awaited = Long.MAX_VALUE;

        synchronized void take(EventRecord<Buffer> record) {
            long due = next.getOrDefault(record.key(), 0L);
            long number = Long.parseLong(record.event().toString());
            if (number != due) {
                done.tryFail(new AssertionError("event " + number + " of " + record.key() + " comes where " + due
                        + " is due, at offset " + record.offset() + " of partition " + record.partition()));
            }
            next.put(record.key(), due + 1);
            seen++;
            look();
        }

        /** Completes when this number of events came, each key's in order. Fails at the first that is out of order. */
        synchronized Future<Void> await(long events) {
            awaited = events;
            look();
            return done.future();
        }

        void fail(Throwable cause) {
            done.tryFail(cause);
        }

        private void look() {
            if (seen > awaited) {
                done.tryFail(new AssertionError(seen + " events came, " + awaited + " were written"));
            } else if (seen == awaited) {
                done.tryComplete();
            }
        }

        synchronized long seen() {
            return seen;
        }

        /** How many events of a key came. */
        synchronized long seen(String key) {
            return next.getOrDefault(key, 0L);
        }
    }
}
