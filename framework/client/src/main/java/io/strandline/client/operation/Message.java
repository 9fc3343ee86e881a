package io.strandline.client.operation;

import io.strandline.client.wire.WireInput;
import io.strandline.client.wire.WireOutput;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A value with named fields, written one after the other. In JSON it is an object. */
public final class Message<T> implements Shape<T> {

    /**
     * A field.
     *
     * @param name its name in JSON, in documents and in messages of failures
     * @param of reads it out of the value
     */
    public record Field<T, V>(String name, Shape<V> shape, Function<T, V> of) {

        void write(WireOutput out, T value) {
            shape.write(out, of.apply(value));
        }

        void put(JsonObject json, T value) {
            Object written = shape.toJson(of.apply(value));
            if (written != null || !shape.isOptional()) {
                json.put(name, written);
            }
        }
    }

    /** Where the fields of a value come from. */
    private interface Source {
        <V> V get(Field<?, V> field);
    }

    private record Bytes(WireInput in) implements Source {
        @Override
        public <V> V get(Field<?, V> field) {
            in.field(field.name);
            return field.shape.read(in);
        }
    }

    private record Json(String at, JsonObject json) implements Source {
        @Override
        public <V> V get(Field<?, V> field) {
            return field.shape.fromJson(JsonForm.within(at, field.name), json.getValue(field.name));
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

    /** Makes a value of six fields. */
    public interface Of6<A, B, C, D, E, F, T> {
        T make(A a, B b, C c, D d, E e, F f);
    }

    /** Makes a value of eight fields. */
    public interface Of8<A, B, C, D, E, F, G, H, T> {
        T make(A a, B b, C c, D d, E e, F f, G g, H h);
    }

    private final List<Field<T, ?>> fields;
    private final List<String> names;
    private final Function<Source, T> making;

    private Message(List<Field<T, ?>> fields, Function<Source, T> making) {
        this.fields = fields;
        this.names = fields.stream().<String>map(Field::name).toList();
        this.making = making;
    }

    public static <T, V> Field<T, V> field(String name, Shape<V> shape, Function<T, V> of) {
        return new Field<>(name, shape, of);
    }

    /** A message that is its only field. */
    public static <A> Message<A> single(String name, Shape<A> shape) {
        return of(field(name, shape, Function.identity()), Function.identity());
    }

    public static <T, A> Message<T> of(Field<T, A> a, Function<A, T> make) {
        return new Message<>(List.of(a), in -> make.apply(in.get(a)));
    }

    public static <T, A, B> Message<T> of(Field<T, A> a, Field<T, B> b, BiFunction<A, B, T> make) {
        return new Message<>(List.of(a, b), in -> make.apply(in.get(a), in.get(b)));
    }

    public static <T, A, B, C> Message<T> of(Field<T, A> a, Field<T, B> b, Field<T, C> c, Of3<A, B, C, T> make) {
        return new Message<>(List.of(a, b, c), in -> make.make(in.get(a), in.get(b), in.get(c)));
    }

    public static <T, A, B, C, D> Message<T> of(
            Field<T, A> a, Field<T, B> b, Field<T, C> c, Field<T, D> d, Of4<A, B, C, D, T> make) {
        return new Message<>(List.of(a, b, c, d), in -> make.make(in.get(a), in.get(b), in.get(c), in.get(d)));
    }

    public static <T, A, B, C, D, E> Message<T> of(
            Field<T, A> a, Field<T, B> b, Field<T, C> c, Field<T, D> d, Field<T, E> e, Of5<A, B, C, D, E, T> make) {
        return new Message<>(
                List.of(a, b, c, d, e), in -> make.make(in.get(a), in.get(b), in.get(c), in.get(d), in.get(e)));
    }

    /** Begins a message of more fields. */
    static <T, A, B, C> First<T, A, B, C> first(Field<T, A> a, Field<T, B> b, Field<T, C> c) {
        return new First<>(a, b, c);
    }

    /** The first three fields of a message. */
    record First<T, A, B, C>(Field<T, A> a, Field<T, B> b, Field<T, C> c) {

        <D, E, F> Message<T> then(Field<T, D> d, Field<T, E> e, Field<T, F> f, Of6<A, B, C, D, E, F, T> make) {
            return new Message<>(
                    List.of(a, b, c, d, e, f),
                    in -> make.make(in.get(a), in.get(b), in.get(c), in.get(d), in.get(e), in.get(f)));
        }

        <D, E, F, G, H> Message<T> then(
                Field<T, D> d,
                Field<T, E> e,
                Field<T, F> f,
                Field<T, G> g,
                Field<T, H> h,
                Of8<A, B, C, D, E, F, G, H, T> make) {
            return new Message<>(
                    List.of(a, b, c, d, e, f, g, h),
                    in -> make.make(
                            in.get(a), in.get(b), in.get(c), in.get(d), in.get(e), in.get(f), in.get(g), in.get(h)));
        }
    }

    @Override
    public void write(WireOutput out, T value) {
        for (Field<T, ?> field : fields) {
            field.write(out, value);
        }
    }

    @Override
    public T read(WireInput in) {
        return making.apply(new Bytes(in));
    }

    @Override
    public String describe() {
        return fields.stream()
                .map(field -> field.name() + ": " + field.shape().describe())
                .collect(Collectors.joining(", ", "{", "}"));
    }

    @Override
    public JsonObject toJson(T value) {
        JsonObject json = new JsonObject();
        fields.forEach(field -> field.put(json, value));
        return json;
    }

    @Override
    public T fromJson(String at, @Nullable Object json) {
        JsonObject object = JsonForm.object(at, json);
        JsonForm.requireKnown(at, object, names);
        return making.apply(new Json(at, object));
    }

    @Override
    public JsonObject schema() {
        JsonObject properties = new JsonObject();
        JsonArray required = new JsonArray();
        for (Field<T, ?> field : fields) {
            properties.put(field.name, field.shape.schema());
            if (!field.shape.isOptional()) {
                required.add(field.name);
            }
        }
        return JsonForm.type("object").put("properties", properties).put("required", required);
    }
}
