package io.strandline.server.impl.http;

import io.strandline.server.security.AddressRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from where a request comes that proxies have passed on: each of them appends to {@code X-Forwarded-For} whom it was given the
 * request by. What is left of the last one who is not trusted may be anything, so nobody looks at it. Callable from any thread.
 */
public final class TrustedProxies {

    static final String HEADER = "X-Forwarded-For";

    /** Proxies that a request may have passed. */
    static final int MAX_HOPS = 16;

    private final List<AddressRange> ranges;

    /** @param trusted addresses and networks, as {@link AddressRange#of} reads them */
    public TrustedProxies(List<String> trusted) {
        this.ranges = trusted.stream().map(AddressRange::of).toList();
    }

    private boolean isTrusted(String address) {
        return ranges.stream().anyMatch(range -> range.has(address));
    }

    /**
     * The last address that is none of a trusted proxy, in numbers. Where the header ends before, or has no address there, it is the proxy before
     * that.
     *
     * @param peer the other end of the connection
     * @param forwarded the values of the header, in their order
     */
    String clientOf(String peer, List<String> forwarded) {
        String last = peer;
        int hops = 0;
        for (int i = forwarded.size() - 1; i >= 0; i--) {
            String value = forwarded.get(i);
            for (int end = value.length(); end >= 0; end = value.lastIndexOf(',', end - 1)) {
                if (hops++ == MAX_HOPS || !isTrusted(last)) {
                    return last;
                }
                String before = addressOf(value.substring(value.lastIndexOf(',', end - 1) + 1, end));
                if (before == null) {
                    return last;
                }
                last = before;
            }
        }
        return last;
    }

    /** Null if it is none. Some proxies write the port too. */
    private static @Nullable String addressOf(String hop) {
        String text = hop.trim();
        int bracket = text.indexOf(']');
        if (text.startsWith("[") && bracket > 0) {
            return AddressRange.plain(text.substring(1, bracket));
        }
        int colon = text.indexOf(':');
        boolean hasPort = colon > 0 && colon == text.lastIndexOf(':');
        return AddressRange.plain(hasPort ? text.substring(0, colon) : text);
    }
}
