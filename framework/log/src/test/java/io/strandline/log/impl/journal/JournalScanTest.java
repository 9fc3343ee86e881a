package io.strandline.log.impl.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.strandline.internal.LittleEndian;
import io.strandline.log.impl.file.PrefixChecksums;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.log.spi.LogRules;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The search for a proof after the end of a journal finds what is there, at a cost in proportion to the file (R2). */
class JournalScanTest {

    private static final int PAGE = JournalFormat.PAGE_BYTES;
    private static final int BODY_BYTES = 8 << 20;
    private static final byte[] SALT = JournalFormat.saltBytes(4711);

    /** Passes over the file: one to look at the pages, one for the checksums, and parts of pages for each of them. */
    private static final int MAX_PASSES = 4;

    /** A file in memory that counts what is read from it. */
    private static final class CountedFile implements DiskFile {

        private final byte[] bytes;
        private long read;

        CountedFile(byte[] bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read(ByteBuffer into, long position) {
            int length = (int) Math.max(0, Math.min(into.remaining(), bytes.length - position));
            into.put(bytes, (int) position, length);
            read += length;
            return length;
        }

        @Override
        public void write(ByteBuffer from, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void force() {
            throw new UnsupportedOperationException();
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void close() {}
    }

    private static void frame(byte[] file, int position, long number, long forcedUpTo, byte[] body) {
        ByteBuffer buffer =
                ByteBuffer.allocate(JournalFormat.frameBytes(body.length)).order(ByteOrder.LITTLE_ENDIAN);
        new FrameEncoder(SALT).encode(buffer, number, forcedUpTo, FrameKind.BATCHES, true, FrameBody.of(body));
        buffer.flip().get(file, position, buffer.limit());
    }

    /** A file whose frame 1 has a body that a crash tore, and the bytes read to find that nothing proves it. */
    private static long bytesReadAfterTornFrame(byte[] body) throws IOException {
        byte[] bytes = new byte[PAGE + PAGE + BODY_BYTES + PAGE];
        frame(bytes, PAGE, 1, 0, body);
        bytes[PAGE + JournalFormat.FRAME_HEADER_BYTES] ^= 1;
        CountedFile file = new CountedFile(bytes);
        JournalScan scan = new JournalScan(file, SALT);
        assertThat(scan.next(1)).isFalse();
        long before = file.read;
        assertThat(scan.proofAfter(1, LogRules.STANDARD)).isZero();
        return file.read - before;
    }

    private static byte[] filled(int value) {
        byte[] body = new byte[BODY_BYTES];
        Arrays.fill(body, (byte) value);
        return body;
    }

    /** A payload that has on each page of the file what could be the header of a frame up to the end of it. */
    private static byte[] forgedHeaders() {
        byte[] body = new byte[BODY_BYTES];
        for (int page = PAGE - JournalFormat.FRAME_HEADER_BYTES; page < BODY_BYTES - PAGE; page += PAGE) {
            LittleEndian.putInt(body, page, BODY_BYTES - page - JournalFormat.FRAME_HEADER_BYTES);
            LittleEndian.putLong(body, page + 8, 2);
            LittleEndian.putLong(body, page + 16, 1);
            body[page + 24] = FrameKind.BATCHES.code();
        }
        return body;
    }

    @Test
    void r2_noPayloadMakesTheSearchLongerThanInProportionToTheFile() throws IOException {
        for (byte[] body : new byte[][] {filled(0), filled(1), filled(2), filled(4), filled(0x7f), forgedHeaders()}) {
            assertThat(bytesReadAfterTornFrame(body))
                    .as("payload of %s", body[0])
                    .isLessThanOrEqualTo((long) MAX_PASSES * (BODY_BYTES + 3 * PAGE));
        }
    }

    @Test
    void r2_aProofIsFoundAmongForgedHeaders() throws IOException {
        byte[] bytes = new byte[PAGE + PAGE + BODY_BYTES + 3 * PAGE];
        frame(bytes, PAGE, 1, 0, forgedHeaders());
        bytes[PAGE + JournalFormat.FRAME_HEADER_BYTES] ^= 1;
        int next = JournalFormat.align(PAGE + JournalFormat.frameBytes(BODY_BYTES), PAGE);
        byte[] body = new byte[5_000];
        new Random(1).nextBytes(body);
        frame(bytes, next, 2, 1, body);
        JournalScan scan = new JournalScan(new CountedFile(bytes), SALT);
        assertThat(scan.proofAfter(1, LogRules.STANDARD)).isEqualTo(2);
        assertThat(scan.proofAfter(2, LogRules.STANDARD))
                .as("the frame itself proves the one before only")
                .isZero();
        bytes[next + 100] ^= 1;
        assertThat(new JournalScan(new CountedFile(bytes), SALT).proofAfter(1, LogRules.STANDARD))
                .isZero();
    }

    @Test
    void r2_checksumsOfRangesAreThoseOfTheirBytes() throws IOException {
        Random random = new Random(11);
        byte[] bytes = new byte[300 * PAGE + 1_000];
        random.nextBytes(bytes);
        int base = 3 * PAGE;
        PrefixChecksums checksums = new PrefixChecksums(new CountedFile(bytes), base);
        for (int i = 0; i < 2_000; i++) {
            int from = base + random.nextInt(bytes.length - base);
            int to = i == 0 ? bytes.length : from + random.nextInt(bytes.length - from + 1);
            CRC32C crc = new CRC32C();
            crc.update(bytes, from, to - from);
            assertThat(checksums.checksum(from, to)).isEqualTo((int) crc.getValue());
        }
    }
}
