package io.strandline.client.wire;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Frames out of bytes, for tests. */
public final class ReadFrames {

    private ReadFrames() {}

    /** The one frame that the bytes are. */
    public static Frame only(byte[] bytes) {
        List<Frame> frames = new ArrayList<>();
        FrameReader reader = new FrameReader(frames::add);
        reader.setMaxFrameBytes(Integer.MAX_VALUE);
        reader.read(Buffer.buffer(bytes));
        if (frames.size() != 1 || reader.isMidFrame()) {
            throw new AssertionError(frames.size() + " frames, in the middle of one: " + reader.isMidFrame());
        }
        return frames.get(0);
    }
}
