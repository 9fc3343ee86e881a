package io.strandline.processing.pipeline;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.strandline.internal.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The ids of the events of one key and time: for each its length in 4 bytes, little-endian, and the id in UTF-8. */
final class IdsCodec implements EventCodec<List<String>> {

    static final IdsCodec INSTANCE = new IdsCodec();

    private static final EventType TYPE = new EventType("strandline.ids", 1);

    private IdsCodec() {}

    @Override
    public EventType typeOf(List<String> ids) {
        return TYPE;
    }

    @Override
    public void encode(List<String> ids, PayloadOutput out) {
        for (String id : ids) {
            byte[] text = Utf8.encode("the id of an event", id);
            byte[] length = new byte[Integer.BYTES];
            LittleEndian.putInt(length, 0, text.length);
            out.write(length, 0, length.length);
            out.write(text, 0, text.length);
        }
    }

    @Override
    public List<String> decode(EventType type, byte[] bytes, int from, int length) {
        if (!type.equals(TYPE)) {
            throw new StrandlineException.Invalid("ids of events, of type " + type);
        }
        List<String> ids = new ArrayList<>();
        int at = from;
        while (at < from + length) {
            int size = LittleEndian.getInt(bytes, at);
            at += Integer.BYTES;
            ids.add(new String(bytes, at, size, StandardCharsets.UTF_8));
            at += size;
        }
        return List.copyOf(ids);
    }
}
