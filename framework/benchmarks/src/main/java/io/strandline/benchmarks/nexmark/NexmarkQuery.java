package io.strandline.benchmarks.nexmark;

import io.strandline.benchmarks.nexmark.NexmarkEvent.Bid;
import io.strandline.processing.pipeline.Events;
import io.strandline.processing.pipeline.Pipeline;
import io.strandline.processing.pipeline.Windows;
import java.time.Duration;

/** The queries, as pipelines. */
public enum NexmarkQuery {

    /** Query 1, currency conversion: every bid, its price in euros. */
    CURRENCY {
        @Override
        Pipeline.Builder describe(Events<NexmarkEvent> events, String sink) {
            return bids(events)
                    .map(bid -> new Bid(bid.auction(), bid.bidder(), toEuro(bid.price()), bid.time()))
                    .to(sink, NexmarkCodec.BIDS);
        }
    },

    /** Query 2, selection: the bids for certain auctions. */
    SELECTION {
        @Override
        Pipeline.Builder describe(Events<NexmarkEvent> events, String sink) {
            return bids(events).filter(bid -> bid.auction() % SELECTED == 0).to(sink, NexmarkCodec.BIDS);
        }
    },

    /** Query 5, hot items: the auction with the most bids of the last ten seconds, every two seconds. */
    HOT_ITEMS {
        @Override
        Pipeline.Builder describe(Events<NexmarkEvent> events, String sink) {
            return bids(events)
                    .keyByRoutingKey()
                    .window(Windows.sliding(LAST, EVERY))
                    .count("bids")
                    .map(counted -> new HotItem(counted.end(), auction(counted.key()), counted.value()))
                    .keyBy("windows", NexmarkCodec.HOT_ITEMS, item -> String.valueOf(item.end()))
                    .window(Windows.tumbling(EVERY))
                    .reduce("hottest", NexmarkCodec.HOT_ITEMS, HotItem::hotter)
                    .map(hottest -> hottest.value())
                    .to(sink, NexmarkCodec.HOT_ITEMS);
        }
    },

    /** Query 8, new users: a join of persons and their auctions in windows of ten seconds. */
    NEW_USERS {
        @Override
        Pipeline.Builder describe(Events<NexmarkEvent> events, String sink) {
            return events.filter(event -> !(event instanceof Bid))
                    .keyByRoutingKey()
                    .window(Windows.tumbling(LAST))
                    .aggregate("users", NexmarkCodec.NEW_USERS, key -> NewUser.NONE, NewUser::plus)
                    .filter(user -> user.value().isComplete())
                    .map(user -> user.value().startedAt(user.start()))
                    .to(sink, NexmarkCodec.NEW_USERS);
        }
    };

    /** Length of the windows of queries 5 and 8. */
    public static final Duration LAST = Duration.ofSeconds(10);

    /** How often query 5 has a result. */
    public static final Duration EVERY = Duration.ofSeconds(2);

    /** Query 2 takes the auctions whose ids are multiples of it. */
    static final long SELECTED = 123;

    private static final long EURO_MILLIS_OF_DOLLAR = 908;
    private static final long MILLIS = 1_000;
    private static final int AUCTION_PREFIX = "auction".length();

    abstract Pipeline.Builder describe(Events<NexmarkEvent> events, String sink);

    /**
     * The pipeline of this query.
     *
     * @param counter is called for every event of the source
     */
    public Pipeline pipeline(String name, String source, String sink, Runnable counter) {
        Events<NexmarkEvent> events = Pipeline.named(name, 1)
                .from(source, NexmarkCodec.EVENTS)
                .eventTime(
                        event -> {
                            counter.run();
                            return event.time();
                        },
                        Duration.ZERO);
        return describe(events, sink).build();
    }

    /** Cents of a dollar in cents of a euro. */
    public static long toEuro(long cents) {
        return cents * EURO_MILLIS_OF_DOLLAR / MILLIS;
    }

    private static Events<Bid> bids(Events<NexmarkEvent> events) {
        return events.map(event -> event instanceof Bid bid ? bid : null);
    }

    private static long auction(String key) {
        return Long.parseLong(key, AUCTION_PREFIX, key.length(), 10);
    }
}
