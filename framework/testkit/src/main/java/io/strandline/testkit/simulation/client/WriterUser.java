package io.strandline.testkit.simulation.client;

import io.strandline.Appended;
import io.strandline.Compression;
import io.strandline.Durability;
import io.strandline.EventWriter;
import io.strandline.StrandlineException;
import io.strandline.StreamDescription;
import io.strandline.WriterOptions;
import io.strandline.testkit.simulation.model.AppendLedger;
import io.strandline.testkit.simulation.model.AppendModel;
import io.strandline.testkit.simulation.model.WriterModel;
import io.strandline.testkit.simulation.model.WriterModel.StreamLife;
import io.vertx.core.Future;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The part of an application that uses one writer after the other. Each step is taken on the application's context. A writer
 * that has failed is left, and another one opened.
 */
abstract class WriterUser {

    private static final int KEYS = 8;
    private static final int STEPS_PER_FLUSH = 12;
    private static final int STEPS_PER_END = 40;

    final Application application;
    final SplittableRandom random;
    final String stream;
    private final String name;
    private final long retryMillis;
    private int opened;
    private boolean busy;
    private boolean draining;

    private @Nullable Use use;

    /** One writer, while it is used. */
    record Use(EventWriter<String> writer, WriterModel model, StreamDescription described) {}

    WriterUser(Application application, SplittableRandom random, String stream, String name) {
        this.application = application;
        this.random = random;
        this.stream = stream;
        this.name = name;
        this.retryMillis = random.nextInt(8) == 0 ? 0 : 20L << random.nextInt(9);
        application.add(this);
    }

    // ---- one step

    void act() {
        if (busy) {
            return;
        }
        Use current = use;
        if (current == null) {
            if (!isFinished()) {
                open();
            }
        } else if (isFinished() || random.nextInt(STEPS_PER_END) == 0) {
            end(current);
        } else if (random.nextInt(STEPS_PER_FLUSH) == 0) {
            flush(current);
        } else {
            use(current);
        }
    }

    abstract void use(Use current);

    /** True if there is nothing more to append. */
    boolean isFinished() {
        return draining;
    }

    void drain() {
        draining = true;
    }

    boolean isDone() {
        return isFinished() && !busy && use == null;
    }

    // ---- opening and leaving

    private void open() {
        busy = true;
        String next = name + "." + opened++;
        describe(before -> {
            if (before == null) {
                busy = false;
                return;
            }
            WriterOptions options = options(before);
            long asked = ledger().moment();
            Future<EventWriter<String>> created = application.log().createWriter(stream, Application.CODEC, options);
            application.hear("create " + next + " of " + stream, 0, created, (writer, failure) -> {
                if (writer == null) {
                    busy = false;
                    ledger().requireOwn(failure, () -> "the creation of " + next);
                    notOpened(failure);
                    return;
                }
                admitted(next, before, options, writer, asked);
            });
        });
    }

    /** The stream may be another one since it was described. */
    private void admitted(
            String next, StreamDescription before, WriterOptions options, EventWriter<String> writer, long asked) {
        StreamLife life = Application.lifeOf(before);
        boolean forced = options.getDurability() == Durability.FORCED;
        WriterModel model = ledger().admitted(next, life, identity(options), asked, forced);
        writer.exceptionHandler(failure -> {
            ledger().requireOwn(failure, () -> "writer " + next);
            application.trace(() -> next + " of " + stream + " has failed: " + failure);
            if (use != null && use.writer() == writer) {
                use = null;
                left(failure);
            }
        });
        describe(after -> {
            busy = false;
            if (after != null && Application.lifeOf(after).equals(life) && !writer.writeQueueFull()) {
                use = new Use(writer, model, after);
                opened(use);
            } else {
                leave(writer);
            }
        });
    }

    private void describe(Consumer<@Nullable StreamDescription> then) {
        application.hear(
                "describe " + stream,
                0,
                application.log().catalog().describe(stream),
                (description, failure) -> then.accept(description));
    }

    /** Options of the next writer. */
    WriterOptions options(StreamDescription described) {
        WriterOptions options = new WriterOptions()
                .setRetryTimeoutMillis(retryMillis)
                .setParcelBytes(4 << 10 << random.nextInt(4))
                .setParcelsInFlight(1 << random.nextInt(4))
                .setCompression(random.nextInt(3) == 0 ? Compression.LZ4 : Compression.NONE);
        if (random.nextInt(6) == 0) {
            options.setWriteQueueBytes(2_000).setMaxUnacknowledgedBytes(20_000);
        }
        return options;
    }

    private static @Nullable String identity(WriterOptions options) {
        Long claim = options.getClaim();
        return claim != null ? "claim of " + claim : options.getId() == null ? null : "id " + options.getId();
    }

    /** A writer is used from now on. */
    void opened(Use current) {}

    /** A writer could not be opened. */
    void notOpened(@Nullable Throwable failure) {}

    /** The writer has failed, and another one is to be opened. */
    void left(Throwable failure) {}

    private void end(Use current) {
        use = null;
        leave(current.writer());
    }

    private void leave(EventWriter<String> writer) {
        busy = true;
        application.hear("end of a writer of " + stream, retryMillis, writer.end(), (done, failure) -> busy = false);
    }

    // ---- what all users do

    AppendLedger ledger() {
        return application.world().ledger();
    }

    String key() {
        return "key-" + random.nextInt(KEYS);
    }

    /** All keys that {@link #key} gives. */
    static List<String> keys() {
        return IntStream.range(0, KEYS).mapToObj(number -> "key-" + number).toList();
    }

    long retryMillis() {
        return retryMillis;
    }

    void flush(Use current) {
        long called = ledger().moment();
        busy = blocksWhileFlushing();
        application.hear(
                "flush of " + current.model(), retryMillis, current.writer().flush(), (done, failure) -> {
                    busy = false;
                    ledger().flushed(current.model(), called, current.writer().failedAppends());
                    flushed(current);
                });
    }

    /** True if nothing is to be appended during a flush. */
    boolean blocksWhileFlushing() {
        return false;
    }

    void flushed(Use current) {}

    /** Hears the outcome of an append that was called. */
    void await(AppendModel append, Future<Appended> future, Application.Answer<Appended> answer) {
        application.trace(() -> "append " + append);
        application.hear(append, retryMillis, future, (place, failure) -> {
            ledger().answered(append, place, failure);
            answer.take(place, failure);
        });
    }

    /** Asks for something of which the outcome decides on the next step. */
    <T> void ask(String what, Future<T> future, Application.Answer<T> answer) {
        busy = true;
        application.hear(what, retryMillis, future, (value, failure) -> {
            busy = false;
            ledger().requireOwn(failure, () -> what);
            answer.take(value, failure);
        });
    }

    /** True if this writer is used still. */
    boolean isUsed(Use current) {
        return use != null && use.writer() == current.writer();
    }

    static boolean isTransient(@Nullable Throwable failure) {
        return StrandlineException.isTransient(failure);
    }
}
