package io.strandline.client.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.strandline.Catalog;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Samples.Sample;
import io.strandline.client.wire.Frame;
import io.strandline.client.wire.FrameType;
import io.strandline.client.wire.FrameWriter;
import io.strandline.client.wire.ReadFrames;
import io.strandline.client.wire.WireOutput;
import io.strandline.spi.LogPort;
import io.strandline.spi.TransactionPort;
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

    /** Calls that are none of a log elsewhere, or are made of others. */
    private static final Set<String> NO_OPERATIONS = Set.of(
            "subscribers", // of subscriberNotes
            "stopWaiting", // a CANCEL
            "address",
            "opening",
            "sideFiles",
            "backup", // until it has its row
            "recoveredFrames",
            "shards",
            "maxEventBytes",
            "retryTime",
            "parcelArrays",
            "streamOf", // a server asks it for itself, to check rights
            "catalog",
            "transactions",
            "streamsOf", // a server asks it for itself too
            "close");

    static Stream<Sample<?, ?>> samples() {
        return new Samples().all().values().stream();
    }

    @Test
    void every_call_of_a_log_is_in_the_table_once() {
        List<String> names = Operations.ALL.stream().map(Operation::name).toList();
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
        samples().forEach(sample -> all.append(hexOf(sample)));
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
}
