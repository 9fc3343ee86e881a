package io.strandline.testkit.sync;

import io.strandline.StreamName;
import io.strandline.sync.spi.AppendAnswer;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import io.strandline.sync.spi.RevisionStore;
import io.strandline.sync.spi.Watch;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A store that counts its reads, and tells nobody of news: who wants to know something has to ask. */
final class CountedReads implements RevisionStore {

    private final RevisionStore counted;
    private final AtomicInteger count = new AtomicInteger();

    CountedReads(RevisionStore counted) {
        this.counted = counted;
    }

    /** The store itself, for those whose reads do not count. */
    RevisionStore counted() {
        return counted;
    }

    int count() {
        return count.get();
    }

    @Override
    public int maxValueBytes() {
        return counted.maxValueBytes();
    }

    @Override
    public Future<AppendAnswer> append(StreamName name, Position expected, List<Revision> next) {
        return counted.append(name, expected, next);
    }

    @Override
    public Future<CatchUp> readSince(StreamName name, Position known) {
        count.incrementAndGet();
        return counted.readSince(name, known);
    }

    @Override
    public Future<CatchUp> readNews(StreamName name, Position known) {
        return Future.succeededFuture(new CatchUp(known, List.of()));
    }

    @Override
    public Future<CatchUp> look(StreamName name, Position known) {
        return readNews(name, known);
    }

    @Override
    public Future<Boolean> compact(StreamName name, Revision snapshot) {
        return counted.compact(name, snapshot);
    }

    @Override
    public Future<Watch> watch(StreamName name, Runnable news) {
        return Future.succeededFuture(Future::succeededFuture);
    }
}
