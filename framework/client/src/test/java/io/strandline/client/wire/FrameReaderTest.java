package io.strandline.client.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.internal.LittleEndian;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Frames are cut out of bytes however they come, and bytes that are none end the connection. */
class FrameReaderTest {

    private static WireOutput message(int headBytes, int bulkBytes) {
        WireOutput out = new WireOutput();
        for (int i = 0; i < headBytes; i++) {
            out.one(i);
        }
        byte[] bulk = new byte[bulkBytes];
        Arrays.fill(bulk, (byte) 7);
        // In two pieces, one of which may be copied and one referred to.
        int half = bulkBytes / 3;
        return bulkBytes == 0 ? out : out.bulk(bulk, 0, half).bulk(bulk, half, bulkBytes);
    }

    @Property(tries = 200)
    void frames_come_back_in_any_chunks(
            @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 20_000) Integer> bulks,
            @ForAll @IntRange(max = 300) int headBytes,
            @ForAll @IntRange(min = 1, max = 30_000) int chunkBytes) {
        FrameWriter writer = new FrameWriter();
        for (int i = 0; i < bulks.size(); i++) {
            writer.add(FrameType.REQUEST, i, 1L << i, message(headBytes, bulks.get(i)));
        }
        assertThat(writer.bytes()).isPositive();
        byte[] all = writer.take().getBytes();
        assertThat(writer.isEmpty()).isTrue();

        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(frames::add);
        for (int at = 0; at < all.length; at += chunkBytes) {
            reader.read(Buffer.buffer(Arrays.copyOfRange(all, at, Math.min(all.length, at + chunkBytes))));
        }
        assertThat(reader.isMidFrame()).isFalse();
        assertThat(frames).hasSameSizeAs(bulks);
        for (int i = 0; i < frames.size(); i++) {
            Frame frame = frames.get(i);
            assertThat(frame.operation()).isEqualTo(i);
            assertThat(frame.id()).isEqualTo(1L << i);
            assertThat(frame.head())
                    .isEqualTo(Arrays.copyOf(message(headBytes, 0).head(), headBytes));
            assertThat(frame.bulkBytes()).isEqualTo(bulks.get(i));
            for (int at = 0; at < frame.bulkBytes(); at++) {
                assertThat(frame.bulk()[at]).isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void a_large_frame_is_not_allocated_before_it_comes() {
        FrameReader reader = new FrameReader(frame -> {});
        reader.setMaxFrameBytes(Integer.MAX_VALUE);
        byte[] header = new byte[Frame.HEADER_BYTES];
        Frame.putHeader(header, 0, FrameType.REQUEST, 1, 1, new WireOutput());
        LittleEndian.putInt(header, Frame.LENGTH, Integer.MAX_VALUE - 100);
        for (int i = 0; i < 1_000; i++) {
            reader.read(Buffer.buffer(i == 0 ? header : new byte[100]));
        }
        assertThat(reader.isMidFrame()).isTrue();
    }

    @Test
    void the_bulk_goes_into_an_array_that_is_lent() {
        byte[] lent = new byte[100];
        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(new FrameReader.Receiver() {
            @Override
            public byte[] lend(int operation, byte[] head, int bytes) {
                assertThat(operation).isEqualTo(300);
                assertThat(head).hasSize(3);
                assertThat(bytes).isEqualTo(50);
                return lent;
            }

            @Override
            public void take(Frame frame) {
                frames.add(frame);
            }
        });
        reader.read(Buffer.buffer(FrameWriter.bytesOf(FrameType.REQUEST, 300, 1, message(3, 50))));
        assertThat(frames).hasSize(1);
        assertThat(frames.get(0).bulk()).isSameAs(lent);
        assertThat(frames.get(0).isLent()).isTrue();
    }

    @Test
    void bytes_that_are_no_frame_are_refused() {
        refuse(0, 15, "frame of 15 bytes");
        refuse(0, Frame.HELLO_BYTES + 1, "frame of 65537 bytes");
        refuse(0, -1, "frame of 4294967295 bytes");
        refuse(Frame.HEAD_BYTES, 5, "head of 5 bytes in a frame of 20");
        refuse(Frame.HEAD_BYTES, -1, "head of 4294967295 bytes");
        refuse(Frame.TYPE, 99, "frame of type 99");
        refuse(Frame.TYPE, 0, "frame of type 0");
    }

    private static void refuse(int at, int value, String message) {
        byte[] bytes = FrameWriter.bytesOf(FrameType.PING, 0, 1, message(4, 0));
        if (at == Frame.TYPE) {
            bytes[at] = (byte) value;
        } else {
            LittleEndian.putInt(bytes, at, value);
        }
        FrameReader reader = new FrameReader(frame -> {});
        assertThatThrownBy(() -> reader.read(Buffer.buffer(bytes)))
                .isInstanceOf(FrameReader.BadFrame.class)
                .hasMessageContaining(message);
    }
}
