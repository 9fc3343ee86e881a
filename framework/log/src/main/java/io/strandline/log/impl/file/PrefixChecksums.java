package io.strandline.log.impl.file;

import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * CRC32C of any range of a file, computed from one pass over the file.
 *
 * <p>The checksum of a range follows from those of the two prefixes that end where the range begins and ends. Prefixes
 * that end at pages are kept, 4 bytes for each page, so a range costs at most two pages more. However many ranges are
 * asked for, and however they overlap, no byte of a whole page is read twice for them.
 */
public final class PrefixChecksums {

    /** The polynomial of CRC32C with its bits reversed, as the checksum has them. */
    private static final int POLYNOMIAL = 0x82F63B78;

    /** x^(8 * 2^k) modulo the polynomial, at index k. */
    private static final int[] POWERS = powers();

    private static final int PAGE_BYTES = 4096;
    private static final int PAGES_PER_READ = 256;

    private final DiskFile file;
    private final long base;
    private final CRC32C crc = new CRC32C();
    private final byte[] window = new byte[PAGES_PER_READ * PAGE_BYTES];

    /** Checksum of the file from {@link #base} up to each page, for the first {@link #known} pages. */
    private int[] sums = new int[PAGES_PER_READ];

    private int known = 1;

    /** @param base where the first range may begin, at a page */
    public PrefixChecksums(DiskFile file, long base) {
        this.file = file;
        this.base = base;
    }

    /**
     * Checksum of two adjacent ranges. {@code first} is that of the first range, and {@code second} that of so many bytes
     * after it.
     */
    public static int join(int first, int second, long secondBytes) {
        return shift(first, secondBytes) ^ second;
    }

    /**
     * Checksum of a range of the file.
     *
     * @param from at or after the base
     * @param to at or after {@code from}, at most the size of the file
     */
    public int checksum(long from, long to) throws IOException {
        return prefix(to) ^ shift(prefix(from), to - from);
    }

    private int prefix(long to) throws IOException {
        int page = (int) ((to - base) / PAGE_BYTES);
        while (known <= page) {
            readPages();
        }
        int rest = (int) ((to - base) % PAGE_BYTES);
        if (rest == 0) {
            return sums[page];
        }
        readFully(rest, to - rest);
        return join(sums[page], sum(0, rest), rest);
    }

    /** Adds the sums up to the next pages. The last page of a file may be cut off, and has no sum. */
    private void readPages() throws IOException {
        long from = base + (long) (known - 1) * PAGE_BYTES;
        int read = file.read(ByteBuffer.wrap(window), from) / PAGE_BYTES;
        if (read == 0) {
            throw endsAt(from);
        }
        if (known + read > sums.length) {
            sums = Arrays.copyOf(sums, Math.max(known + read, sums.length * 2));
        }
        for (int i = 0; i < read; i++) {
            sums[known] = join(sums[known - 1], sum(i * PAGE_BYTES, PAGE_BYTES), PAGE_BYTES);
            known++;
        }
    }

    private void readFully(int length, long from) throws IOException {
        if (file.read(ByteBuffer.wrap(window, 0, length), from) < length) {
            throw endsAt(from);
        }
    }

    private static IOException endsAt(long position) {
        return new IOException("journal file became shorter than " + position + " bytes while it was read");
    }

    private int sum(int from, int length) {
        crc.reset();
        crc.update(window, from, length);
        return (int) crc.getValue();
    }

    /** What a checksum becomes when so many zero bytes follow, apart from the inversions, which cancel out. */
    private static int shift(int checksum, long bytes) {
        int shifted = checksum;
        long left = bytes;
        for (int k = 0; left != 0; k++, left >>>= 1) {
            if ((left & 1) != 0) {
                shifted = multiply(POWERS[k], shifted);
            }
        }
        return shifted;
    }

    /** Product of two polynomials modulo that of CRC32C. The highest bit is the coefficient of x^0. */
    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = Integer.MIN_VALUE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) == 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
        }
        return product;
    }

    private static int[] powers() {
        int[] powers = new int[Long.SIZE];
        int power = 1 << 23; // x^8
        for (int k = 0; k < powers.length; k++) {
            powers[k] = power;
            power = multiply(power, power);
        }
        return powers;
    }
}
