package io.strandline.processing.pipeline.impl.task;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import org.jspecify.annotations.Nullable;

/** Takes the place of an event that its codec cannot decode, so that the reader goes on and the pipeline decides. */
record Undecodable(Throwable cause) {

    /** Decodes what can be decoded. */
    static EventCodec<Object> codec(EventCodec<Object> codec) {
        return new EventCodec<>() {

            @Override
            public EventType typeOf(Object event) {
                return codec.typeOf(event);
            }

            @Override
            public void encode(Object event, PayloadOutput out) {
                throw new UnsupportedOperationException("a source is only read");
            }

            @Override
            public Object decode(EventType type, byte[] bytes, int from, int length) {
                try {
                    @Nullable Object event = codec.decode(type, bytes, from, length);
                    return event == null ? new Undecodable(new NullPointerException("the codec returned null")) : event;
                } catch (Throwable e) { // an Error stops this event alone
                    return new Undecodable(e);
                }
            }
        };
    }
}
