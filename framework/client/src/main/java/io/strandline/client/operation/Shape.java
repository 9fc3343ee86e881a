package io.strandline.client.operation;

import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import java.util.function.Function;

/**
 * How a value of a request or reply is written. A shape is known before any value is, so that documents and other renderings
 * can be made from it.
 */
public interface Shape<T> {

    void write(WireOutput out, T value);

    /**
     * Reads a value.
     *
     * @throws io.strandline.StrandlineException.Invalid if the bytes hold none
     */
    T read(WireInput in);

    /** The shape in words, such as {@code {stream: text, offset: number}}. */
    String describe();

    /** The shape of a value that is written as another one. A refusal of {@code to} is one of the message. */
    default <V> Shape<V> as(String description, Function<T, V> to, Function<V, T> from) {
        Shape<T> written = this;
        return new Shape<>() {
            @Override
            public void write(WireOutput out, V value) {
                written.write(out, from.apply(value));
            }

            @Override
            public V read(WireInput in) {
                return to.apply(written.read(in));
            }

            @Override
            public String describe() {
                return description;
            }
        };
    }
}
