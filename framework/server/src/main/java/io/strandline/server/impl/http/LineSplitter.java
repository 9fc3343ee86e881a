package io.strandline.server.impl.http;

import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts bytes that come in pieces into lines. A line ends with a line feed, a carriage return in front of it does not count, and an
 * empty line is none. The last line needs no line feed.
 *
 * <p>It holds at most one line that is not whole.
 */
public final class LineSplitter {

    /** Takes a line. The array is only lent. */
    public interface Lines {
        void line(byte[] bytes, int from, int to);
    }

    private final int maxLineBytes;
    private byte @Nullable [] rest;
    private int restLength;

    /** @param maxLineBytes longest line */
    public LineSplitter(int maxLineBytes) {
        this.maxLineBytes = maxLineBytes;
    }

    /** Bytes of a line that has begun. */
    public int begun() {
        return restLength;
    }

    /**
     * Takes the next piece and hands over the lines that are whole with it.
     *
     * @throws Refusal with 413 if a line is too long
     */
    public void take(Buffer piece, Lines lines) {
        byte[] bytes = piece.getBytes();
        int from = 0;
        for (int at = 0; at < bytes.length; at++) {
            if (bytes[at] != '\n') {
                continue;
            }
            if (restLength > 0) {
                keep(bytes, from, at);
                byte[] whole = rest();
                int length = restLength;
                restLength = 0;
                hand(whole, 0, length, lines);
            } else {
                hand(bytes, from, at, lines);
            }
            from = at + 1;
        }
        keep(bytes, from, bytes.length);
    }

    /** The end: what is left is a line. */
    public void end(Lines lines) {
        int length = restLength;
        restLength = 0;
        if (length > 0) {
            hand(rest(), 0, length, lines);
        }
        rest = null;
    }

    private void hand(byte[] bytes, int from, int to, Lines lines) {
        int end = to > from && bytes[to - 1] == '\r' ? to - 1 : to;
        requireFit(end - from);
        if (end > from) {
            lines.line(bytes, from, end);
        }
    }

    private byte[] rest() {
        byte[] known = rest;
        return known == null ? new byte[0] : known;
    }

    private void keep(byte[] bytes, int from, int to) {
        int more = to - from;
        if (more == 0) {
            return;
        }
        requireFit((long) restLength + more - 1); // a carriage return may follow
        byte[] known = rest();
        if (known.length - restLength < more) {
            int room = Math.max(restLength + more, (int) Math.min(2L * known.length, (long) maxLineBytes + 1));
            known = Arrays.copyOf(known, room);
        }
        System.arraycopy(bytes, from, known, restLength, more);
        rest = known;
        restLength += more;
    }

    private void requireFit(long length) {
        if (length > maxLineBytes) {
            throw new Refusal(Problem.tooLong("line", length, maxLineBytes));
        }
    }
}
