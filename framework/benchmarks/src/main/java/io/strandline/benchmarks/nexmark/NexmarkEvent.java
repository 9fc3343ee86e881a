package io.strandline.benchmarks.nexmark;

/** What happens in the auction house. */
public sealed interface NexmarkEvent {

    /** Event time in milliseconds since the epoch. */
    long time();

    /** The routing key: that of the person who registers or sells, or of the auction that is bid for. */
    String key();

    /** A person registers. */
    record Person(long id, String name, long time) implements NexmarkEvent {

        @Override
        public String key() {
            return "person" + id;
        }
    }

    /** A person offers something. */
    record Auction(long id, long seller, long category, long time) implements NexmarkEvent {

        @Override
        public String key() {
            return "person" + seller;
        }
    }

    /**
     * A person bids for an auction.
     *
     * @param price in cents
     */
    record Bid(long auction, long bidder, long price, long time) implements NexmarkEvent {

        @Override
        public String key() {
            return "auction" + auction;
        }
    }
}
