package io.strandline.benchmarks.nexmark;

import io.strandline.benchmarks.nexmark.NexmarkEvent.Auction;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Bid;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Person;

/**
 * The same events for every side, each computed from its number alone. Of {@value #CYCLE} events one is a person, {@value
 * #AUCTIONS} are auctions and the others bids. Half of the bids are for the one auction that is hot, the others for one of the last
 * {@value #OPEN_AUCTIONS}. Times ascend, {@value #PER_SECOND} events each second.
 */
public final class NexmarkGenerator {

    private static final long START_MILLIS = 1_700_000_000_000L;

    private static final int PER_SECOND = 10_000;

    private static final int CYCLE = 50;
    private static final int AUCTIONS = 3;
    private static final int OPEN_AUCTIONS = 100;
    private static final int HOT_FOR = 10;
    private static final int ACTIVE_PEOPLE = 1_000;
    private static final int CATEGORIES = 5;
    private static final int MILLIS = 1_000;
    private static final int PRICE_DECADES = 6;
    private static final int LOWEST_PRICE = 100;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private static final double FROM_53_BITS = 0x1.0p-53;

    private NexmarkGenerator() {}

    /** Event number {@code n}, from 0. */
    public static NexmarkEvent event(long n) {
        long cycle = n / CYCLE;
        int place = (int) (n % CYCLE);
        long time = time(n);
        if (place == 0) {
            return new Person(cycle, "name" + cycle, time);
        }
        if (place <= AUCTIONS) {
            long id = cycle * AUCTIONS + place - 1;
            return new Auction(id, recent(n, cycle + 1, ACTIVE_PEOPLE), random(n, 1) % CATEGORIES, time);
        }
        long auctions = (cycle + 1) * AUCTIONS;
        boolean isHot = random(n, 2) % 2 == 0;
        long auction = isHot ? (auctions - 1) / HOT_FOR * HOT_FOR : recent(n, auctions, OPEN_AUCTIONS);
        return new Bid(auction, recent(n, cycle + 1, ACTIVE_PEOPLE), price(n), time);
    }

    /** Event time of event number {@code n}, in milliseconds since the epoch. */
    public static long time(long n) {
        return START_MILLIS + n * MILLIS / PER_SECOND;
    }

    /** One of the last of a number of ids. */
    private static long recent(long n, long ids, int last) {
        return ids - 1 - random(n, 3) % Math.min(ids, last);
    }

    /** From one to a million, low ones more often. */
    private static long price(long n) {
        double fraction = (random(n, 4) >>> 10) * FROM_53_BITS;
        return (long) (StrictMath.pow(10, fraction * PRICE_DECADES) * LOWEST_PRICE);
    }

    /** A number from 0 on that looks random, of an event and of what it is for. */
    private static long random(long n, int purpose) {
        long mixed = (n + 1) * GOLDEN + purpose * Long.rotateLeft(GOLDEN, 17);
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return (mixed ^ (mixed >>> 31)) >>> 1;
    }
}
