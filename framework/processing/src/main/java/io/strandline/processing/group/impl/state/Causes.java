package io.strandline.processing.group.impl.state;

import java.nio.charset.StandardCharsets;

/** Why events were skipped or parked, as texts that a group's state has room for. */
final class Causes {

    /** Most bytes of the cause in a decision about an event. */
    static final int MAX_BYTES = 200;

    /** Most bytes of the cause that a state remembers of an event that is to be parked. */
    static final int MAX_VERDICT_BYTES = 32;

    private Causes() {}

    /** Cuts a text to so many bytes of UTF-8, never within a character. */
    static String cut(String text, int maxBytes) {
        if (text.length() <= maxBytes / 4 || text.getBytes(StandardCharsets.UTF_8).length <= maxBytes) {
            return text;
        }
        int bytes = 0;
        int end = 0;
        int room = maxBytes - "…".getBytes(StandardCharsets.UTF_8).length;
        while (end < text.length()) {
            int next = text.offsetByCodePoints(end, 1);
            bytes += text.substring(end, next).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > room) {
                break;
            }
            end = next;
        }
        return text.substring(0, end) + "…";
    }
}
