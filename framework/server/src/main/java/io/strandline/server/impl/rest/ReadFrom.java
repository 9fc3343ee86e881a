package io.strandline.server.impl.rest;

import io.strandline.StartPosition;
import io.strandline.StreamCut;
import io.strandline.StreamName;
import io.strandline.server.impl.http.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a request reads, out of its query and its {@code Last-Event-ID}.
 *
 * @param partitions ids of the partitions, none for all
 */
record ReadFrom(StreamName stream, StartPosition from, List<Long> partitions) {

    private static final int MAX_PARTITIONS = 10_000;

    static void describe(Route route) {
        route.query("from", Schemas.text(), "start, end, or a cut as PARTITION:OFFSET,... The start by default")
                .query(
                        "time",
                        Schemas.whole(0),
                        "in place of from: events from this time on, in milliseconds since 1970")
                .query("partition", Schemas.text(), "ids of the partitions to read, parted by commas. All by default")
                .query("offset", Schemas.whole(0), "in place of from: the offset in the one partition that is given");
    }

    /** @throws Refusal if the query says it in two ways, or in none that there is */
    static ReadFrom of(RoutedExchange exchange, boolean isResumable) {
        StreamName stream = StreamRoutes.stream(exchange);
        List<Long> partitions = partitions(exchange.query("partition"));
        String resumed = isResumable ? exchange.header("Last-Event-ID") : null;
        if (resumed != null && !resumed.isEmpty()) {
            return new ReadFrom(stream, StartPosition.at(CutText.parse("Last-Event-ID", stream, resumed)), partitions);
        }
        String from = exchange.query("from");
        boolean hasTime = exchange.query("time") != null;
        boolean hasOffset = exchange.query("offset") != null;
        int given = (from == null ? 0 : 1) + (hasTime ? 1 : 0) + (hasOffset ? 1 : 0);
        if (given > 1) {
            throw Refusal.of("from", given + " of from, time and offset are given, it must be one of them");
        }
        if (hasTime) {
            return new ReadFrom(stream, StartPosition.time(exchange.query("time", 0, 0, Long.MAX_VALUE)), partitions);
        }
        if (hasOffset) {
            if (partitions.size() != 1) {
                throw Refusal.of("offset", "offset needs one partition, and " + partitions.size() + " are given");
            }
            long offset = exchange.query("offset", 0, 0, Long.MAX_VALUE);
            return new ReadFrom(stream, StartPosition.at(StreamCut.of(stream, partitions.get(0), offset)), partitions);
        }
        return new ReadFrom(stream, position(stream, from), partitions);
    }

    private static StartPosition position(StreamName stream, @Nullable String from) {
        if (from == null || from.equals("start")) {
            return StartPosition.start();
        }
        return from.equals("end") ? StartPosition.end() : StartPosition.at(CutText.parse("from", stream, from));
    }

    private static List<Long> partitions(@Nullable String text) {
        if (text == null) {
            return List.of();
        }
        List<Long> ids = new ArrayList<>();
        for (String id : text.split(",", -1)) {
            if (!id.matches("\\d{1,18}")) {
                throw Refusal.of("partition", "partition must be ids of partitions, parted by commas");
            }
            ids.add(Long.parseLong(id));
        }
        if (ids.size() > MAX_PARTITIONS) {
            throw Refusal.of("partition", "partition has " + ids.size() + " ids, the limit is " + MAX_PARTITIONS);
        }
        return ids;
    }

    /** The partitions that are past their ends, as {@code PARTITION:OFFSET}, with what their ends are. Null if none is. */
    @Nullable
    String pastTheEnd(SortedMap<Long, Long> ends) {
        if (!(from instanceof StartPosition.Cut cut)) {
            return null;
        }
        TreeMap<Long, Long> past = new TreeMap<>(cut.cut().offsets());
        past.entrySet().removeIf(entry -> {
            Long known = ends.get(entry.getKey());
            return known == null || entry.getValue() <= known;
        });
        return past.isEmpty() ? null : CutText.of(past);
    }
}
