package io.strandline.processing.pipeline.impl.checkpoint;

import io.strandline.Appended;
import io.strandline.Catalog;
import io.strandline.EventReader;
import io.strandline.EventRecord;
import io.strandline.EventWriter;
import io.strandline.ReaderOptions;
import io.strandline.StartPosition;
import io.strandline.Strandline;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.processing.pipeline.PipelineOptions;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Manifest;
import io.strandline.processing.pipeline.impl.checkpoint.CheckpointEntry.Switched;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The internal stream with the manifests of one pipeline. It has one partition and a named writer, so opening it fences
 * the run before.
 *
 * <p>Belongs to the context that opened it.
 */
public final class CheckpointStream {

    /** Entries of a checkpoint stream, at most: one in a second for thirty years. */
    private static final long OFFSETS = 1_000_000_000;

    /**
     * How often the stream is read when entries are removed meanwhile. A fenced run takes no more checkpoint, so it removes
     * entries once at most. A deletion may do so too.
     */
    private static final int READS = 3;

    private final Catalog catalog;
    private final StreamName stream;
    private final long life;
    private final EventWriter<CheckpointEntry> writer;

    /** What the stream held when it was opened, oldest first. */
    private final List<EventRecord<CheckpointEntry>> found;

    /** The last entry was appended, or is being appended. */
    private boolean switched;

    private CheckpointStream(
            Catalog catalog,
            StreamName stream,
            long life,
            EventWriter<CheckpointEntry> writer,
            List<EventRecord<CheckpointEntry>> found) {
        this.catalog = catalog;
        this.stream = stream;
        this.life = life;
        this.writer = writer;
        this.found = found;
    }

    /** Creates the stream if it is missing, fences the run before, then reads all that it left. */
    public static Future<CheckpointStream> open(Strandline strandline, String pipeline, PipelineOptions options) {
        StreamName stream = nameOf(pipeline);
        Catalog catalog = strandline.catalog();
        return catalog.createReserved(stream.toString(), new StreamOptions()).compose(created -> strandline
                .createWriter(
                        stream.toString(),
                        CheckpointEntry.CODEC,
                        new WriterOptions()
                                .setId("pipeline/" + pipeline + "/checkpoints")
                                .setRetryTimeoutMillis(options.getRetryTimeoutMillis()))
                .compose(writer -> readAll(strandline, stream, READS)
                        .map(found -> new CheckpointStream(
                                catalog, stream, created.partitions().get(0).id(), writer, found))
                        .recover(cause -> writer.end().transform(ended -> Future.failedFuture(cause)))));
    }

    /** What the runs of a pipeline have left, oldest first, nothing if there was none. A run that goes on is not disturbed. */
    public static Future<List<EventRecord<CheckpointEntry>>> entries(Strandline strandline, String pipeline) {
        return readAll(strandline, nameOf(pipeline), READS)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(List.of())
                        : Future.failedFuture(cause));
    }

    /** Whether a pipeline has a checkpoint stream. */
    public static Future<Boolean> exists(Strandline strandline, String pipeline) {
        return strandline
                .catalog()
                .describe(nameOf(pipeline).toString())
                .map(true)
                .recover(cause -> cause instanceof StrandlineException.NotFound
                        ? Future.succeededFuture(false)
                        : Future.failedFuture(cause));
    }

    /**
     * Epoch of a run by the place of its first entry. Ids of partitions are never used again, so it is higher than all of a
     * pipeline of that name that was deleted.
     */
    public static long epochOf(Appended runStarted) {
        return runStarted.partition() * OFFSETS + runStarted.offset() + 1;
    }

    public static StreamName nameOf(String pipeline) {
        return new StreamName(StreamName.RESERVED_SCOPE, "checkpoints-" + pipeline);
    }

    /**
     * The newest entry that the runs of a pipeline have left, or null if there is none. Fails with NotFound if it has no checkpoint
     * stream. A run that goes on is not disturbed.
     */
    public static Future<@Nullable CheckpointEntry> newest(Strandline strandline, String pipeline) {
        return readNewest(strandline, nameOf(pipeline), READS);
    }

    private static Future<@Nullable CheckpointEntry> readNewest(
            Strandline strandline, StreamName stream, int attempts) {
        Future<@Nullable CheckpointEntry> read = strandline
                .catalog()
                .endCut(stream.toString())
                .compose(end -> {
                    long partition = end.offsets().firstKey();
                    long offset = end.offset(partition);
                    return offset == 0
                            ? Future.<List<EventRecord<CheckpointEntry>>>succeededFuture(List.of())
                            : strandline
                                    .read(
                                            stream.toString(),
                                            CheckpointEntry.CODEC,
                                            new ReaderOptions()
                                                    .setFrom(StartPosition.at(
                                                            StreamCut.of(stream, partition, offset - 1))))
                                    .compose(CheckpointStream::collect);
                })
                .map(entries -> entries.isEmpty()
                        ? null
                        : entries.get(entries.size() - 1).event());
        return read.recover(cause -> cause instanceof StrandlineException.Truncated && attempts > 1
                ? readNewest(strandline, stream, attempts - 1)
                : Future.failedFuture(cause));
    }

    private static Future<List<EventRecord<CheckpointEntry>>> readAll(
            Strandline strandline, StreamName stream, int attempts) {
        return strandline
                .read(stream.toString(), CheckpointEntry.CODEC, new ReaderOptions())
                .compose(CheckpointStream::collect)
                .recover(cause -> cause instanceof StrandlineException.Truncated && attempts > 1
                        ? readAll(strandline, stream, attempts - 1)
                        : Future.failedFuture(cause));
    }

    private static Future<List<EventRecord<CheckpointEntry>>> collect(EventReader<CheckpointEntry> reader) {
        Promise<List<EventRecord<CheckpointEntry>>> all = Promise.promise();
        List<EventRecord<CheckpointEntry>> entries = new ArrayList<>();
        reader.exceptionHandler(all::tryFail);
        reader.endHandler(ended -> all.tryComplete(entries));
        reader.handler(entries::add);
        return all.future().eventually(reader::close);
    }

    public List<EventRecord<CheckpointEntry>> found() {
        return found;
    }

    /** Id of its partition, by which a pipeline is told from one of its name that was deleted. */
    public long life() {
        return life;
    }

    /**
     * Appends an entry and completes with its place when it is durable. Fails with Fenced if a newer run has opened the
     * stream, and with Unavailable after an entry that says that the pipeline was switched.
     */
    public Future<Appended> append(CheckpointEntry entry) {
        if (switched) {
            return Future.failedFuture(new StrandlineException.Unavailable(
                    stream + " has its last entry, the pipeline goes on as another version"));
        }
        switched = entry instanceof Switched;
        return writer.append(null, entry);
    }

    /**
     * Appends a manifest in its parts and completes with the offset of the first part. The last part is appended when the
     * others are durable.
     */
    public Future<Long> append(Manifest manifest) {
        List<CheckpointEntry> events = manifest.inParts();
        int last = events.size() - 1;
        return Future.all(events.subList(0, last).stream()
                        .map(part -> append(part))
                        .toList())
                .compose(parts ->
                        append(events.get(last)).map(end -> (last == 0 ? end : parts.<Appended>resultAt(0)).offset()));
    }

    /** Removes the entries before an offset. */
    public Future<Void> truncate(long offset) {
        return catalog.describe(stream.toString()).compose(description -> {
            if (description.partitions().size() != 1) {
                return Future.failedFuture(new StrandlineException.Conflict("stream " + stream + " has "
                        + description.partitions().size() + " partitions, it must have 1"));
            }
            long partition = description.partitions().get(0).id();
            return catalog.truncate(stream.toString(), StreamCut.of(stream, partition, offset));
        });
    }

    public Future<Void> close() {
        return writer.end();
    }

    @Override
    public String toString() {
        return stream.toString();
    }
}
