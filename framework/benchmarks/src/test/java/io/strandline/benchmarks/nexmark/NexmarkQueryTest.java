package io.strandline.benchmarks.nexmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.benchmarks.nexmark.NexmarkEvent.Auction;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Bid;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Person;
import io.strandline.testkit.PipelineDriver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The queries say what plain folds over the same events say. */
class NexmarkQueryTest {

    private static final int EVENTS = 200_000;
    private static final String SOURCE = "benchmark/events";
    private static final String SINK = "benchmark/results";

    private final List<NexmarkEvent> events = new ArrayList<>();

    @BeforeEach
    void generate() {
        LongStream.range(0, EVENTS).mapToObj(NexmarkGenerator::event).forEach(events::add);
    }

    /** Results with an event that ends all windows. No window of its own is ended by it. */
    private <R> List<R> results(NexmarkQuery query) {
        AtomicLong counted = new AtomicLong();
        PipelineDriver driver = PipelineDriver.of(query.pipeline(query.name(), SOURCE, SINK, counted::incrementAndGet));
        events.forEach(event -> driver.send(event.key(), event));
        Person last = new Person(-1, "last", events.get(EVENTS - 1).time() + 3_600_000);
        driver.send(last.key(), last);
        assertThat(counted).hasValue(EVENTS + 1L);
        assertThat(driver.lateEvents()).isZero();
        return driver.take(SINK);
    }

    private List<Bid> bids() {
        return events.stream()
                .filter(Bid.class::isInstance)
                .map(Bid.class::cast)
                .toList();
    }

    @Test
    void the_generator_makes_persons_auctions_and_bids_for_what_there_is() {
        assertThat(events).filteredOn(Person.class::isInstance).hasSize(EVENTS / 50);
        assertThat(events).filteredOn(Auction.class::isInstance).hasSize(3 * EVENTS / 50);
        Map<Long, Long> auctions = new HashMap<>();
        long persons = 0;
        long last = 0;
        for (NexmarkEvent event : events) {
            assertThat(event.time()).isGreaterThanOrEqualTo(last);
            last = event.time();
            if (event instanceof Person person) {
                assertThat(person.id()).isEqualTo(persons++);
            } else if (event instanceof Auction auction) {
                assertThat(auction.seller()).isBetween(0L, persons - 1);
                assertThat(auctions.put(auction.id(), auction.category())).isNull();
            } else if (event instanceof Bid bid) {
                assertThat(bid.bidder()).isBetween(0L, persons - 1);
                assertThat(auctions).containsKey(bid.auction());
                assertThat(bid.price()).isBetween(100L, 100_000_000L);
            }
        }
    }

    @Test
    void currency() {
        assertThat(this.<Bid>results(NexmarkQuery.CURRENCY))
                .isEqualTo(bids().stream()
                        .map(bid -> new Bid(bid.auction(), bid.bidder(), bid.price() * 908 / 1_000, bid.time()))
                        .toList());
    }

    @Test
    void selection() {
        List<Bid> selected =
                bids().stream().filter(bid -> bid.auction() % 123 == 0).toList();
        assertThat(selected).isNotEmpty();
        assertThat(this.<Bid>results(NexmarkQuery.SELECTION)).isEqualTo(selected);
    }

    @Test
    void hot_items() {
        Map<Long, Map<Long, Long>> bidsOfWindows = new TreeMap<>();
        for (Bid bid : bids()) {
            for (long end = (bid.time() / 2_000 + 1) * 2_000; end - 10_000 <= bid.time(); end += 2_000) {
                bidsOfWindows.computeIfAbsent(end, first -> new TreeMap<>()).merge(bid.auction(), 1L, Long::sum);
            }
        }
        List<HotItem> hottest = new ArrayList<>();
        bidsOfWindows.forEach((end, counts) -> {
            HotItem hot = null;
            for (Map.Entry<Long, Long> count : counts.entrySet()) { // ascending, so the older of two wins
                if (hot == null || count.getValue() > hot.bids()) {
                    hot = new HotItem(end, count.getKey(), count.getValue());
                }
            }
            hottest.add(hot);
        });
        assertThat(hottest).hasSizeGreaterThan(10);
        assertThat(this.<HotItem>results(NexmarkQuery.HOT_ITEMS)).isEqualTo(hottest);
    }

    @Test
    void new_users() {
        Map<Long, Map<Long, String>> registered = new TreeMap<>();
        Map<Long, Map<Long, Long>> offered = new TreeMap<>();
        for (NexmarkEvent event : events) {
            long start = event.time() / 10_000 * 10_000;
            if (event instanceof Person person) {
                registered.computeIfAbsent(start, first -> new TreeMap<>()).put(person.id(), person.name());
            } else if (event instanceof Auction auction) {
                offered.computeIfAbsent(start, first -> new TreeMap<>()).merge(auction.seller(), 1L, Long::sum);
            }
        }
        List<NewUser> users = new ArrayList<>();
        registered.forEach((start, persons) -> persons.forEach((id, name) -> {
            Long auctions = offered.getOrDefault(start, Map.of()).get(id);
            if (auctions != null) {
                users.add(new NewUser(start, id, auctions, name));
            }
        }));
        assertThat(users).hasSizeGreaterThan(1_000);
        assertThat(this.<NewUser>results(NexmarkQuery.NEW_USERS)).containsExactlyInAnyOrderElementsOf(users);
    }
}
