package io.strandline.log;

import io.strandline.Appended;
import io.strandline.EventCodec;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.Sequence;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.testkit.HookedDisk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@code CrashTest} kills: writes without end, and says on its standard output what it was told by the
 * log. A line counts when it ends in a full stop, because the kill may cut the last one.
 *
 * <pre>
 * D .                                            a disk operation of a traced start is about to be done
 * O .                                            the log is open
 * A partition offset duplicate crc writer n .    event n of a writer was acknowledged
 * B partition offset writer n count .            an atomic batch was acknowledged: events n to n + count - 1
 * R partition offset crc .                       the tail reader saw an event
 * C stream .  T stream offset .                  a stream was created; its only partition was truncated
 * X stream .  Y stream .                         a stream is about to be deleted; it was deleted
 * F text .                                       something failed that should not
 * </pre>
 */
public final class CrashChild {

    public static final String STREAM = "crash/events";
    static final int PARTITIONS = 16;
    public static final int OWN_WRITERS = 2;
    private static final int IN_FLIGHT = 48;

    private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

    private final Vertx vertx = Vertx.vertx();
    private final int life;
    private final Random random;
    private boolean opened;

    private CrashChild(int life, long seed) {
        this.life = life;
        this.random = new Random(seed);
    }

    /** Small enough that files rotate and chunks are written all the time. */
    public static LogOptions options() {
        return new LogOptions()
                .setShards(2)
                .setJournalFileBytes(64 << 10)
                .setJournalGroupBytes(16 << 10)
                .setTailBytes(192 << 10)
                .setQueuedBytes(256 << 10);
    }

    /** Arguments: directory, life, seed, {@code traced} or {@code quiet}, for each own writer its first sequence. */
    public static void main(String[] arguments) {
        dieWithParent();
        CrashChild child = new CrashChild(Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
        List<Long> ownFrom = new ArrayList<>();
        for (int i = 0; i < OWN_WRITERS; i++) {
            ownFrom.add(Long.parseLong(arguments[4 + i]));
        }
        child.run(Path.of(arguments[0]), arguments[3].equals("traced"), ownFrom);
    }

    /** Ends this process at once when its parent is gone. */
    public static void dieWithParent() {
        Thread watch = new Thread(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // As good as its end.
            }
            Runtime.getRuntime().halt(3);
        });
        watch.setDaemon(true);
        watch.start();
    }

    /** Writes a line to the parent. It counts once it is whole. */
    public static synchronized void say(String line) {
        try {
            OUT.write((line + " .\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            Runtime.getRuntime().halt(4);
        }
    }

    /** Tells the parent of a failure that should not be. */
    public static void failed(String what, Throwable cause) {
        say("F " + what + ": " + cause.toString().replace('\n', ' '));
    }

    private void run(Path directory, boolean traced, List<Long> ownFrom) {
        FileEngine engine = new FileEngine(disk -> new HookedDisk(disk, (step, name, bytes) -> {
            if (traced && !opened) {
                say("D");
            }
        }));
        engine.open(vertx, "file:" + directory, options())
                .compose(log -> log.catalog()
                        .createScope("crash")
                        .compose(done ->
                                log.catalog().createStream(STREAM, new StreamOptions().setPartitions(PARTITIONS)))
                        .map(log))
                .onSuccess(log -> {
                    opened = true;
                    say("O");
                    work(log, ownFrom);
                })
                .onFailure(cause -> failed("open", cause));
    }

    private void work(Strandline log, List<Long> ownFrom) {
        Applications.newContext(vertx).runOnContext(nothing -> tail(log));
        for (int i = 0; i < 2; i++) {
            new Writing(log, "anonymous" + i + "-" + life, null, false, 0).start();
        }
        new Writing(log, "counted-" + life, "counted", false, 0).start();
        for (int i = 0; i < OWN_WRITERS; i++) {
            new Writing(log, "own" + i, "own" + i, true, ownFrom.get(i)).start();
        }
        Applications.newContext(vertx).runOnContext(nothing -> churn(log, 0));
    }

    private static void tail(Strandline log) {
        log.subscribe(STREAM, EventCodec.raw(), new ReaderOptions().setFrom(StartPosition.end()))
                .onSuccess(reader -> {
                    reader.exceptionHandler(cause -> failed("tail reader", cause));
                    reader.handler(
                            event -> say("R " + event.partition() + " " + event.offset() + " " + crc(event.event())));
                })
                .onFailure(cause -> failed("subscribe", cause));
    }

    public static long crc(Buffer payload) {
        CRC32 crc = new CRC32();
        crc.update(payload.getBytes());
        return crc.getValue();
    }

    /** The same bytes for the same event, in every life. */
    public static Buffer payload(String writer, long number, String group) {
        StringBuilder text =
                new StringBuilder(writer).append(' ').append(number).append(' ').append(group);
        Random padding = new Random(writer.hashCode() * 31L + number);
        text.append(' ').append("x".repeat(padding.nextInt(600)));
        return Buffer.buffer(text.toString());
    }

    /** One writer that keeps some appends in flight. */
    private final class Writing {

        private final Strandline log;
        private final String label;
        private final @Nullable String id;
        private final boolean ownNumbers;
        private long next;
        private int inFlight;
        private boolean pumping;

        Writing(Strandline log, String label, @Nullable String id, boolean ownNumbers, long next) {
            this.log = log;
            this.label = label;
            this.id = id;
            this.ownNumbers = ownNumbers;
            this.next = next;
        }

        void start() {
            Applications.newContext(vertx)
                    .runOnContext(nothing -> log.createWriter(STREAM, EventCodec.raw(), new WriterOptions().setId(id))
                            .onSuccess(this::pump)
                            .onFailure(cause -> failed(label, cause)));
        }

        private void pump(EventWriter<Buffer> writer) {
            if (pumping) {
                return;
            }
            pumping = true;
            while (inFlight < IN_FLIGHT) {
                inFlight++;
                appendOne(writer);
            }
            pumping = false;
        }

        private void appendOne(EventWriter<Buffer> writer) {
            long number = next;
            String key = "key" + number * 7919 % 211;
            if (!ownNumbers && number % 10 == 3) {
                int count = 2 + (int) (number % 3);
                next += count;
                List<Buffer> events = new ArrayList<>();
                for (int i = 0; i < count; i++) {
                    events.add(payload(label, number + i, i + "/" + count));
                }
                answered(writer, writer.appendBatch(key, events), number, count, 0);
            } else {
                next++;
                Buffer payload = payload(label, number, "0/1");
                Future<Appended> appended =
                        ownNumbers ? writer.append(key, payload, Sequence.of(number)) : writer.append(key, payload);
                answered(writer, appended, number, 1, crc(payload));
            }
        }

        private void answered(
                EventWriter<Buffer> writer, Future<Appended> future, long number, int count, long payloadCrc) {
            future.onComplete((appended, cause) -> {
                inFlight--;
                if (appended == null) {
                    failed(label + " " + number, cause);
                    return;
                }
                String place = appended.partition() + " " + appended.offset() + " ";
                if (count == 1) {
                    say("A " + place + appended.duplicate() + " " + payloadCrc + " " + label + " " + number);
                } else {
                    say("B " + place + label + " " + number + " " + count);
                }
                pump(writer);
            });
        }
    }

    /** Creates, truncates and deletes streams, one after the other. */
    private void churn(Strandline log, int round) {
        String stream = "crash/churn-" + life + "-" + round;
        log.catalog()
                .createStream(stream, new StreamOptions())
                .compose(created -> {
                    say("C " + stream);
                    return log.createWriter(stream, EventCodec.raw(), new WriterOptions().setId("churn"));
                })
                .compose(writer -> {
                    for (int i = 0; i < 19; i++) {
                        writer.append("key", payload("churn", i, "0/1"));
                    }
                    return writer.append("key", payload("churn", 19, "0/1"))
                            .compose(last -> writer.end().map(last));
                })
                .compose(last -> {
                    TreeMap<Long, Long> offsets = new TreeMap<>();
                    offsets.put(last.partition(), 10L);
                    return log.catalog().describe(stream).compose(described -> log.catalog()
                            .truncate(stream, new StreamCut(described.name(), offsets)));
                })
                .compose(truncated -> {
                    say("T " + stream + " 10");
                    if (random.nextInt(4) == 0) {
                        return Future.succeededFuture();
                    }
                    say("X " + stream);
                    return log.catalog().deleteStream(stream).onSuccess(deleted -> say("Y " + stream));
                })
                .onSuccess(done -> churn(log, round + 1))
                .onFailure(cause -> failed("churn of " + stream, cause));
    }
}
