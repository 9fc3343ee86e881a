package io.strandline.processing.group;

import static io.strandline.log.Applications.get;
import static io.strandline.log.Applications.newContext;
import static io.strandline.log.Applications.start;
import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.EventWriter;
import io.strandline.Strandline;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.StreamOptions;
import io.strandline.WriterOptions;
import io.strandline.log.LogOptions;
import io.strandline.processing.pipeline.AccountsPipeline;
import io.strandline.server.Doors;
import io.strandline.sync.StateSync;
import io.strandline.sync.log.LogRevisionStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Common parts of tests of reader groups on a log of files. The state of the groups is in the same log. */
abstract class GroupOnFiles {

    static final String STREAM = "shop/orders";
    static final StreamName STREAM_NAME = StreamName.parse(STREAM);
    static final String GROUP = "shop/billing";
    static final GroupReaderOptions DEFAULTS = new GroupReaderOptions();

    @TempDir
    Path directory;

    final Vertx vertx = Vertx.vertx();
    final Map<Long, List<Long>> offsets = new ConcurrentHashMap<>();
    final AtomicInteger handled = new AtomicInteger();
    private final Map<GroupReader<String>, Context> contexts = new ConcurrentHashMap<>();
    Strandline log;
    StateSync sync;

    @BeforeEach
    void open() {
        log = get(Doors.open(vertx, "file:" + directory, new LogOptions().setShards(2)));
        get(log.catalog().createScope("shop"));
        get(log.catalog().createStream(STREAM, new StreamOptions().setPartitions(8)));
        sync = StateSync.create(vertx, LogRevisionStore.open(vertx, log));
    }

    @AfterEach
    void close() {
        get(log.close());
        get(vertx.close());
    }

    /** A lease so long that no pause of the machine ends it. */
    static GroupOptions options() {
        return new GroupOptions().setStreams(STREAM).setLeaseMillis(60_000).setCommitIntervalMillis(20);
    }

    ReaderGroup group(GroupOptions options) {
        return get(ReaderGroup.open(vertx, log, sync, GROUP, options));
    }

    GroupReader<String> join(Context context, ReaderGroup group, String name, GroupHandler<String> handler) {
        return join(context, group, name, DEFAULTS, handler);
    }

    GroupReader<String> join(
            Context context, ReaderGroup group, String name, GroupReaderOptions options, GroupHandler<String> handler) {
        GroupReader<String> reader = get(start(context, () -> group.join(name, AccountsPipeline.TEXT, options)
                .map(joined -> joined.handler(handler))));
        contexts.put(reader, context);
        return reader;
    }

    GroupReader<String> join(ReaderGroup group, String name) {
        return join(newContext(vertx), group, name, this::note);
    }

    Future<?> note(GroupEvent<String> event) {
        offsets.computeIfAbsent(event.record().partition(), none -> new CopyOnWriteArrayList<>())
                .add(event.record().offset());
        handled.incrementAndGet();
        return Future.succeededFuture();
    }

    void append(int from, int to) {
        get(start(newContext(vertx), () -> log.createWriter(STREAM, AccountsPipeline.TEXT, new WriterOptions())
                .compose(writer -> appendAll(writer, from, to))));
    }

    private static Future<Void> appendAll(EventWriter<String> writer, int from, int to) {
        List<Future<?>> appended = new ArrayList<>();
        IntStream.range(from, to).forEach(i -> appended.add(writer.append("key" + i % 50, "order " + i)));
        return Future.all(appended).compose(done -> writer.end());
    }

    void assertEachOnceAndInOrder(int events) {
        assertThat(handled).hasValue(events);
        offsets.forEach((partition, seen) -> assertThat(seen)
                .as("partition %d", partition)
                .isEqualTo(
                        IntStream.range(0, seen.size()).mapToObj(i -> (long) i).toList()));
    }

    StreamCut end() {
        return get(log.catalog().endCut(STREAM));
    }

    /** Waits until the readers have so many partitions each, in ascending order. */
    void awaitShares(ReaderGroup group, List<Integer> shares) {
        awaitAnswer(
                group::readers,
                readers -> readers.values().stream().sorted().toList().equals(shares));
    }

    /** Waits until a reader uses the given options. */
    void awaitOptions(GroupReader<String> reader, GroupOptions options) {
        Context context = Objects.requireNonNull(contexts.get(reader));
        awaitAnswer(() -> start(context, () -> Future.succeededFuture(reader.options())), known -> known.toJson()
                .equals(options.toJson()));
    }

    /** Asks again and again until the answer is as it should be. */
    <T> void awaitAnswer(Supplier<Future<T>> question, Predicate<T> isRight) {
        get(ask(question, isRight));
    }

    private <T> Future<Void> ask(Supplier<Future<T>> question, Predicate<T> isRight) {
        return question.get()
                .compose(answer -> isRight.test(answer)
                        ? Future.succeededFuture()
                        : vertx.timer(5).compose(later -> ask(question, isRight)));
    }

    void leave(GroupReader<String> reader) {
        get(start(Objects.requireNonNull(contexts.get(reader)), reader::close));
    }
}
