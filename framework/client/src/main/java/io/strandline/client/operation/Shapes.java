package io.strandline.client.operation;

import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** The shapes of which messages consist. */
final class Shapes {

    static final Shape<Nothing> NOTHING = of("nothing", (out, value) -> {}, in -> Nothing.NOTHING);
    static final Shape<String> TEXT = of("text", WireOutput::text, WireInput::text);
    static final Shape<Boolean> FLAG = of("flag", WireOutput::flag, WireInput::flag);
    static final Shape<Long> NUMBER = of("number", WireOutput::number, WireInput::number);
    /** 0 or more, of 31 bits. */
    static final Shape<Integer> COUNT =
            of("count", (out, value) -> out.number(value), in -> in.integer(0, Integer.MAX_VALUE));

    static final Shape<Long> HASH = of("64 bits", WireOutput::fixed, WireInput::fixed);
    static final Shape<byte[]> BYTES = of("bytes", WireOutput::bytes, WireInput::bytes);

    private Shapes() {}

    static <T> Shape<T> of(String description, BiConsumer<WireOutput, T> write, Function<WireInput, T> read) {
        return new Shape<>() {
            @Override
            public void write(WireOutput out, T value) {
                write.accept(out, value);
            }

            @Override
            public T read(WireInput in) {
                return read.apply(in);
            }

            @Override
            public String describe() {
                return description;
            }
        };
    }

    /** A list as long as the message has bytes for it: of a reply. */
    static <T> Shape<List<T>> listOf(Shape<T> element) {
        return listOf(element, Integer.MAX_VALUE);
    }

    /** A list of at most so many elements. */
    static <T> Shape<List<T>> listOf(Shape<T> element, int most) {
        return of(
                "[" + element.describe() + "]",
                (out, values) -> {
                    out.number(values.size());
                    values.forEach(value -> element.write(out, value));
                },
                in -> {
                    int count = in.count(most);
                    List<T> values = new ArrayList<>();
                    for (int i = 0; i < count; i++) {
                        values.add(element.read(in));
                    }
                    return values;
                });
    }

    static <T> Shape<Optional<T>> optional(Shape<T> element) {
        return of(
                element.describe() + " or nothing",
                (out, value) -> {
                    out.flag(value.isPresent());
                    value.ifPresent(there -> element.write(out, there));
                },
                in -> in.flag() ? Optional.of(element.read(in)) : Optional.empty());
    }

    /** A constant, as its place in a list, to which constants are only ever added at the end. */
    static <E extends Enum<E>> Shape<E> constant(List<E> constants) {
        return of(
                constants.toString(),
                (out, value) -> out.number(constants.indexOf(value)),
                in -> constants.get(in.integer(0, constants.size() - 1)));
    }
}
