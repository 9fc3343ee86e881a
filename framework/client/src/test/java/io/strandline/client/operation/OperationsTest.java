package io.strandline.client.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.strandline.Catalog;
import io.strandline.Durability;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Samples.Sample;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.ReadFrames;
import io.strandline.client.wire.WireOutput;
import io.strandline.internal.LittleEndian;
import io.strandline.spi.Batch;
import io.strandline.spi.LogPort;
import io.strandline.spi.TransactionPort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table: what it holds, and the bytes of each of its operations. */
class OperationsTest {

    private static final int MUTATIONS = 300;

    /** Operations from this number on are made of others. */
    private static final int FIRST_OF_JSON = 100;

    /** Calls that are none of a log elsewhere, or are made of others. */
    private static final Set<String> NO_OPERATIONS = Set.of(
            "subscribers", // of subscriberNotes
            "stopWaiting", // a CANCEL
            "address",
            "opening",
            "sideFiles",
            "statistics", // a server is watched where it is
            "conditions",
            "diskRoom",
            "shards",
            "maxEventBytes",
            "retryTime",
            "parcelArrays",
            "streamOf", // a server asks it for itself, to check rights
            "catalog",
            "transactions",
            "claimsOf", // a server asks it for itself too
            "close");

    static Stream<Sample<?, ?>> samples() {
        return new Samples().all().values().stream();
    }

    @Test
    void every_call_of_a_log_is_in_the_table_once() {
        List<String> names = Operations.ALL.stream()
                .filter(operation -> operation.number() < FIRST_OF_JSON)
                .map(Operation::name)
                .toList();
        Set<String> calls = Stream.of(Catalog.class, LogPort.class, TransactionPort.class)
                .flatMap(type -> Arrays.stream(type.getMethods()))
                .filter(method -> !java.lang.reflect.Modifier.isStatic(method.getModifiers()))
                .map(Method::getName)
                .filter(name -> !NO_OPERATIONS.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(names).containsExactlyInAnyOrderElementsOf(calls);
    }

    @Test
    void numbers_and_names_are_given_once() {
        assertThat(Operations.ALL.stream().map(Operation::number))
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat(Operations.ALL.stream().map(Operation::name)).doesNotHaveDuplicates();
        for (Operation<?, ?> operation : Operations.ALL) {
            assertThat(Operations.of(operation.number())).isSameAs(operation);
        }
        assertThat(Operations.of(0)).isNull();
        assertThat(Operations.of(-1)).isNull();
        assertThat(Operations.of(65_535)).isNull();
    }

    @Test
    void what_changes_nothing_needs_no_more_than_the_right_to_read() {
        assertThat(Operations.ALL)
                .filteredOn(operation -> operation.right() == Right.READ)
                .allSatisfy(operation ->
                        assertThat(operation.mayChange()).as(operation.name()).isFalse());
    }

    @Test
    void every_operation_has_a_sample() {
        assertThat(new Samples().all().keySet()).containsExactlyInAnyOrderElementsOf(Operations.ALL);
    }

    /** The format of version 1. A change of it is a new version, or a tag. */
    @Test
    void operations_have_these_bytes() throws IOException {
        StringBuilder all = new StringBuilder();
        samples()
                .filter(sample -> sample.operation().doors().contains(Door.TCP))
                .forEach(sample -> all.append(hexOf(sample)));
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/operations-version-1.hex"), all);
        try (InputStream in = getClass().getResourceAsStream("operations-version-1.hex")) {
            assertThat(in).as("target/operations-version-1.hex is the new one").isNotNull();
            assertThat(all.toString()).isEqualTo(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        }
    }

    private static <Q, R> String hexOf(Sample<Q, R> sample) {
        Operation<Q, R> operation = sample.operation();
        return operation.name() + " request " + HexFormat.of().formatHex(requestBytes(sample)) + "\n" + operation.name()
                + " reply " + HexFormat.of().formatHex(replyBytes(sample)) + "\n";
    }

    private static <Q, R> byte[] requestBytes(Sample<Q, R> sample) {
        WireOutput message = sample.operation().requestOf(sample.request());
        return FrameWriter.bytesOf(FrameType.REQUEST, sample.operation().number(), 0x1234, message);
    }

    private static <Q, R> byte[] replyBytes(Sample<Q, R> sample) {
        return FrameWriter.bytesOf(
                FrameType.REPLY, 0, 0x1234, sample.operation().replyOf(sample.reply()));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void requests_and_replies_come_back(Sample<?, ?> sample) {
        requireSame(sample);
    }

    /** Compared as the bytes that they are written as, because some hold arrays. */
    private static <Q, R> void requireSame(Sample<Q, R> sample) {
        Operation<Q, R> operation = sample.operation();
        Frame request = ReadFrames.only(requestBytes(sample));
        assertThat(request.operation()).isEqualTo(operation.number());
        assertThat(request.id()).isEqualTo(0x1234);
        assertThat(requestBytes(new Sample<>(operation, operation.readRequest(request), sample.reply())))
                .isEqualTo(requestBytes(sample));
        Frame reply = ReadFrames.only(replyBytes(sample));
        assertThat(replyBytes(new Sample<>(operation, sample.request(), operation.readReply(reply))))
                .isEqualTo(replyBytes(sample));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void a_tag_of_a_later_version_is_passed_over(Sample<?, ?> sample) {
        passOver(sample);
    }

    private static <Q, R> void passOver(Sample<Q, R> sample) {
        WireOutput message = new WireOutput();
        sample.operation().request().write(message, sample.request());
        message.number(2).number(77).bytes(new byte[] {9, 9, 9}).number(78).bytes(new byte[0]);
        Frame frame = ReadFrames.only(
                FrameWriter.bytesOf(FrameType.REQUEST, sample.operation().number(), 1, message));
        Q read = sample.operation().readRequest(frame);
        assertThat(sample.operation().requestOf(read).headBytes())
                .isEqualTo(sample.operation().requestOf(sample.request()).headBytes());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void a_damaged_message_is_invalid_or_another_one(Sample<?, ?> sample) {
        damage(sample);
    }

    private static <Q, R> void damage(Sample<Q, R> sample) {
        SplittableRandom random = new SplittableRandom(sample.operation().number());
        Frame request = ReadFrames.only(requestBytes(sample));
        Frame reply = ReadFrames.only(replyBytes(sample));
        for (int i = 0; i < MUTATIONS; i++) {
            attempt(() -> sample.operation().readRequest(damaged(request, random)));
            attempt(() -> sample.operation().readReply(damaged(reply, random)));
        }
    }

    private static Frame damaged(Frame frame, SplittableRandom random) {
        byte[] head = frame.head().clone();
        if (head.length > 0 && random.nextInt(4) > 0) {
            head[random.nextInt(head.length)] = (byte) random.nextInt();
        } else {
            head = Arrays.copyOf(head, random.nextInt(head.length + 4));
        }
        return new Frame(frame.type(), frame.operation(), frame.id(), head, frame.bulk(), frame.bulkBytes(), false);
    }

    private static void attempt(Runnable read) {
        try {
            read.run();
        } catch (StrandlineException.Invalid refused) {
            assertThat(refused.getMessage()).isNotEmpty();
        }
    }

    @Test
    void a_refusal_names_the_field() {
        WireOutput message = new WireOutput().text("no stream name").number(0);
        Frame frame = ReadFrames.only(FrameWriter.bytesOf(FrameType.REQUEST, 6, 1, message));
        assertThatThrownBy(() -> Operations.DESCRIBE.readRequest(frame))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("no stream name");
        Frame cut = ReadFrames.only(FrameWriter.bytesOf(FrameType.REQUEST, 6, 1, new WireOutput().number(9)));
        assertThatThrownBy(() -> Operations.DESCRIBE.readRequest(cut))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("field stream");
    }

    // ---- JSON

    private static <T> JsonObject json(Shape<T> shape, T value) {
        return assertInstanceOf(JsonObject.class, shape.toJson(value));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void json_is_what_the_bytes_are(Sample<?, ?> sample) {
        requireSameInJson(sample);
    }

    /** Through text, because that is what crosses. */
    private static <Q, R> void requireSameInJson(Sample<Q, R> sample) {
        Operation<Q, R> operation = sample.operation();
        JsonObject request =
                new JsonObject(json(operation.request(), sample.request()).encode());
        JsonObject reply =
                new JsonObject(json(operation.reply(), sample.reply()).encode());
        Sample<Q, R> read = new Sample<>(
                operation,
                operation.request().fromJson("", request),
                operation.reply().fromJson("", reply));
        assertThat(requestBytes(read)).isEqualTo(requestBytes(sample));
        assertThat(replyBytes(read)).isEqualTo(replyBytes(sample));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void a_schema_takes_the_json_and_nothing_that_lacks_a_field(Sample<?, ?> sample) {
        requireSchema(sample.operation().request(), sample.request());
        requireSchema(sample.operation().reply(), sample.reply());
    }

    @SuppressWarnings("unchecked") // a sample has values of its operation
    private static <T> void requireSchema(Shape<T> shape, Object value) {
        JsonObject json = json(shape, (T) value);
        JsonObject schema = shape.schema();
        assertThat(JsonSchemaCheck.defect(schema, json)).as(json.encode()).isNull();
        for (Object field : schema.getJsonArray("required", new JsonArray())) {
            JsonObject less = json.copy();
            less.remove((String) field);
            assertThat(JsonSchemaCheck.defect(schema, less)).contains((String) field);
            assertThatThrownBy(() -> shape.fromJson("", less))
                    .isInstanceOf(StrandlineException.Invalid.class)
                    .hasMessageMatching("(?s).*(" + field + "|names no stream).*");
        }
    }

    /** What may be left out has a meaning, and what has a wrong kind is refused by its name. */
    @ParameterizedTest
    @MethodSource("samples")
    void damaged_json_is_invalid_or_another_request(Sample<?, ?> sample) {
        damageJson(
                sample.operation().request(),
                sample.request(),
                sample.operation().number());
    }

    @SuppressWarnings("unchecked") // a sample has values of its operation
    private static <T> void damageJson(Shape<T> shape, Object value, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < MUTATIONS; i++) {
            JsonObject json = json(shape, (T) value).copy();
            JsonDamage.damage(json, random);
            attempt(() -> shape.fromJson("", json));
        }
    }

    @Test
    void a_field_that_nobody_knows_is_refused() {
        assertThatThrownBy(() -> Operations.DESCRIBE.request().fromJson("", new JsonObject().put("straem", "a/b")))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("straem")
                .hasMessageContaining("stream");
        JsonObject nested = new JsonObject()
                .put("stream", "a/b")
                .put(
                        "events",
                        new JsonArray().add(new JsonObject().put("event", 1).put("kye", "k")));
        assertThatThrownBy(() -> Operations.APPEND_EVENTS.request().fromJson("", nested))
                .isInstanceOf(StrandlineException.Invalid.class)
                .hasMessageContaining("events[0].kye");
    }

    // ---- rights

    @ParameterizedTest
    @MethodSource("samples")
    void every_request_says_what_it_is_about(Sample<?, ?> sample) {
        if (sample.operation().equals(Operations.APPEND)) {
            return; // its sample holds no batch, see below
        }
        List<Resource> resources = resourcesOf(sample);
        Resource.Kind kind =
                switch (sample.operation().target()) {
                    case LOG -> Resource.Kind.LOG;
                    case SCOPE -> Resource.Kind.SCOPE;
                    case STREAM -> Resource.Kind.STREAM;
                    case PARTITION, BATCHES -> Resource.Kind.PARTITION;
                    case TRANSACTION -> Resource.Kind.TRANSACTION;
                    case GROUP -> Resource.Kind.GROUP;
                    case PIPELINE -> Resource.Kind.PIPELINE;
                    case AGGREGATE -> Resource.Kind.AGGREGATE;
                    case STATE -> Resource.Kind.STATE;
                };
        boolean isWrite = Set.of(Operations.WRITE, Operations.WRITE_EVENTS).contains(sample.operation());
        Resource.Kind[] kinds =
                isWrite ? new Resource.Kind[] {kind, Resource.Kind.TRANSACTION} : new Resource.Kind[] {kind};
        assertThat(resources).extracting(Resource::kind).containsOnly(kinds);
    }

    private static <Q, R> List<Resource> resourcesOf(Sample<Q, R> sample) {
        return sample.operation().resources(sample.request());
    }

    @Test
    void a_parcel_is_about_the_partitions_of_its_batches() {
        byte[] bytes = new byte[2 * Batch.HEADER_BYTES + 1];
        LittleEndian.putInt(bytes, Batch.LENGTH, Batch.HEADER_BYTES + 1);
        LittleEndian.putLong(bytes, Batch.PARTITION, 7);
        LittleEndian.putInt(bytes, Batch.HEADER_BYTES + 1 + Batch.LENGTH, Batch.HEADER_BYTES);
        LittleEndian.putLong(bytes, Batch.HEADER_BYTES + 1 + Batch.PARTITION, 9);
        assertThat(about(bytes, bytes.length))
                .containsExactly(
                        new Resource(Resource.Kind.PARTITION, "7"), new Resource(Resource.Kind.PARTITION, "9"));
        assertThatThrownBy(() -> about(bytes, bytes.length - 1)).isInstanceOf(StrandlineException.Invalid.class);
        assertThatThrownBy(() -> about(bytes, bytes.length - Batch.HEADER_BYTES + 3))
                .isInstanceOf(StrandlineException.Invalid.class);
        LittleEndian.putInt(bytes, Batch.LENGTH, 0);
        assertThatThrownBy(() -> about(bytes, bytes.length)).isInstanceOf(StrandlineException.Invalid.class);
    }

    private static List<Resource> about(byte[] batches, int length) {
        return Operations.APPEND.resources(new Requests.Append(
                0,
                2,
                Durability.FORCED,
                new Requests.Conditions(null, null),
                new Requests.Bulk(batches, length, false)));
    }
}
