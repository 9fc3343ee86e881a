package io.strandline.client.operation;

import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A value with named fields, written one after the other. */
public final class Message<T> implements Shape<T> {

    /**
     * A field.
     *
     * @param name its name in documents and in messages of failures
     * @param of reads it out of the value
     */
    public record Field<T, V>(String name, Shape<V> shape, Function<T, V> of) {

        void write(WireOutput out, T value) {
            shape.write(out, of.apply(value));
        }

        V read(WireInput in) {
            in.field(name);
            return shape.read(in);
        }
    }

    /** Makes a value of three fields. */
    public interface Of3<A, B, C, T> {
        T make(A a, B b, C c);
    }

    /** Makes a value of four fields. */
    public interface Of4<A, B, C, D, T> {
        T make(A a, B b, C c, D d);
    }

    /** Makes a value of five fields. */
    public interface Of5<A, B, C, D, E, T> {
        T make(A a, B b, C c, D d, E e);
    }

    private final List<Field<T, ?>> fields;
    private final Function<WireInput, T> reading;

    private Message(List<Field<T, ?>> fields, Function<WireInput, T> reading) {
        this.fields = fields;
        this.reading = reading;
    }

    public static <T, V> Field<T, V> field(String name, Shape<V> shape, Function<T, V> of) {
        return new Field<>(name, shape, of);
    }

    /** A message that is its only field. */
    public static <A> Message<A> single(String name, Shape<A> shape) {
        return of(field(name, shape, Function.identity()), Function.identity());
    }

    public static <T, A> Message<T> of(Field<T, A> a, Function<A, T> make) {
        return new Message<>(List.of(a), in -> make.apply(a.read(in)));
    }

    public static <T, A, B> Message<T> of(Field<T, A> a, Field<T, B> b, java.util.function.BiFunction<A, B, T> make) {
        return new Message<>(List.of(a, b), in -> make.apply(a.read(in), b.read(in)));
    }

    public static <T, A, B, C> Message<T> of(Field<T, A> a, Field<T, B> b, Field<T, C> c, Of3<A, B, C, T> make) {
        return new Message<>(List.of(a, b, c), in -> make.make(a.read(in), b.read(in), c.read(in)));
    }

    public static <T, A, B, C, D> Message<T> of(
            Field<T, A> a, Field<T, B> b, Field<T, C> c, Field<T, D> d, Of4<A, B, C, D, T> make) {
        return new Message<>(List.of(a, b, c, d), in -> make.make(a.read(in), b.read(in), c.read(in), d.read(in)));
    }

    public static <T, A, B, C, D, E> Message<T> of(
            Field<T, A> a, Field<T, B> b, Field<T, C> c, Field<T, D> d, Field<T, E> e, Of5<A, B, C, D, E, T> make) {
        return new Message<>(
                List.of(a, b, c, d, e), in -> make.make(a.read(in), b.read(in), c.read(in), d.read(in), e.read(in)));
    }

    @Override
    public void write(WireOutput out, T value) {
        for (Field<T, ?> field : fields) {
            field.write(out, value);
        }
    }

    @Override
    public T read(WireInput in) {
        return reading.apply(in);
    }

    @Override
    public String describe() {
        return fields.stream()
                .map(field -> field.name() + ": " + field.shape().describe())
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
