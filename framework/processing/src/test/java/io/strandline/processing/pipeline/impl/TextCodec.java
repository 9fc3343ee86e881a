package io.strandline.processing.pipeline.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import io.strandline.StrandlineException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** Events as text. */
public record TextCodec<T>(EventType type, Function<T, String> print, Function<String, T> parse)
        implements EventCodec<T> {

    public static final EventCodec<String> STRING = of("string", text -> text, text -> text);

    public static <T> EventCodec<T> of(String name, Function<T, String> print, Function<String, T> parse) {
        return new TextCodec<>(new EventType(name, 1), print, parse);
    }

    @Override
    public EventType typeOf(T event) {
        return type;
    }

    @Override
    public void encode(T event, PayloadOutput out) {
        byte[] bytes = print.apply(event).getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
    }

    @Override
    public T decode(EventType stored, byte[] bytes, int from, int length) {
        if (!stored.equals(type)) {
            throw new StrandlineException.Invalid("type " + stored + " is not " + type);
        }
        return parse.apply(new String(bytes, from, length, StandardCharsets.UTF_8));
    }
}
