package io.strandline.log.impl.transaction;

import io.strandline.StreamName;
import io.strandline.log.impl.state.KeptTransaction;
import io.strandline.log.impl.state.TransactionWrite;
import io.strandline.log.spi.LogRules;
import io.strandline.spi.WriterGrant;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Takes the events of committed transactions from their home shard into the partitions. */
public final class TransactionParts {

    /** Ids of writers that begin so belong to transactions. */
    public static final String WRITER_PREFIX = "txn/";

    /** Streams whose admission a home shard keeps while it has nothing for them. */
    static final int MAX_IDLE_STREAMS = 1_000;

    private final HomeShard shard;
    private final PartTarget target;
    private final LogRules rules;
    private final StreamParts.Aside aside;
    private final Map<StreamName, StreamParts> streams = new LinkedHashMap<>();

    TransactionParts(HomeShard shard, PartTarget target, LogRules rules, StreamParts.Aside aside) {
        this.shard = shard;
        this.target = target;
        this.rules = rules;
        this.aside = aside;
    }

    /** The writer as which a home shard appends to a stream. */
    static String writerId(int homeShard) {
        return WRITER_PREFIX + homeShard;
    }

    /** See {@link StreamParts#current}. */
    Future<WriterGrant> current(StreamName stream) {
        return stream(stream).current();
    }

    /**
     * Appends all events of a decided transaction, except for streams whose part was set aside. Ends when each part is
     * appended, or set aside too, which fails the future. Called in the order of decisions.
     */
    Future<Void> append(KeptTransaction transaction) {
        Map<StreamName, Map<Long, List<TransactionWrite>>> byStream = new LinkedHashMap<>();
        for (TransactionWrite write : transaction.writes()) {
            if (transaction.setAside().containsKey(write.stream())) {
                continue;
            }
            byStream.computeIfAbsent(write.stream(), stream -> new LinkedHashMap<>())
                    .computeIfAbsent(write.writer(), writer -> new ArrayList<>())
                    .add(write);
        }
        List<Future<Void>> parts = new ArrayList<>();
        byStream.forEach((stream, byWriter) -> byWriter.forEach((writer, writes) -> {
            Promise<Void> done = Promise.promise();
            parts.add(done.future());
            stream(stream).append(new StreamPart(transaction.id(), transaction.decision(), writer, writes, done));
        }));
        return Future.join(parts).mapEmpty();
    }

    private StreamParts stream(StreamName name) {
        StreamParts known = streams.get(name);
        if (known == null) {
            if (streams.size() >= MAX_IDLE_STREAMS) {
                streams.values().removeIf(StreamParts::isIdle);
            }
            known = new StreamParts(shard, target, name, rules, aside);
            streams.put(name, known);
        }
        return known;
    }
}
