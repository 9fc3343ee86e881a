package io.strandline.benchmarks.nexmark;

/**
 * An auction and its bids in one window.
 *
 * @param end first millisecond after the window
 */
public record HotItem(long end, long auction, long bids) {

    /** The one with more bids, of equal ones the older auction. */
    public static HotItem hotter(HotItem one, HotItem other) {
        if (one.bids != other.bids) {
            return one.bids > other.bids ? one : other;
        }
        return one.auction < other.auction ? one : other;
    }
}
