package io.strandline.processing.process.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Steps as they are stored, under the key of their instance. Numbers are unsigned, in groups of seven bits, the lowest first. A text is
 * its length in bytes as a number, and UTF-8.
 *
 * <pre>
 *      byte     format, 1
 *      byte     origin: 0 event, 1 timer, 2 accepted command, 3 rejected command
 *      text       of an event: stream         of a timer: name
 *      number     of an event: partition      of a timer and of a command: number
 *      number     of an event: offset
 *      byte     1 if the state changes, else 0
 *      encoded    the state
 *      number   count of commands, and for each:
 *      number     number
 *      text       target
 *      text       id of the aggregate
 *      encoded    the command
 *      number   count of timers that are set, and for each:
 *      text       name
 *      number     number
 *      number     due, in milliseconds since 1970
 *      encoded    the timer
 *      number   count of timers that are cancelled, and for each:
 *      text       name
 *
 *  encoded is
 *      text     name of its type
 *      number   version of its type
 *      number   length in bytes
 *      bytes    by the application's codec
 * </pre>
 */
final class StepCodec implements EventCodec<Step> {

    static final StepCodec INSTANCE = new StepCodec();

    private static final EventType TYPE = new EventType("step", 1);
    private static final int FORMAT = 1;

    private StepCodec() {}

    @Override
    public EventType typeOf(Step step) {
        return TYPE;
    }

    @Override
    public void encode(Step step, PayloadOutput payload) {
        StoredOutput out = new StoredOutput(payload);
        out.octet(FORMAT);
        step.origin().write(out);
        optional(step.state(), out);
        out.number(step.commands().size());
        step.commands().forEach(command -> command.write(out));
        out.number(step.timers().size());
        step.timers().forEach(timer -> timer.write(out));
        out.number(step.cancelled().size());
        step.cancelled().forEach(out::text);
    }

    @Override
    public Step decode(EventType type, byte[] bytes, int from, int length) {
        StoredInput in = new StoredInput("step of a process", bytes, from, length);
        in.format(FORMAT);
        Step step = new Step(
                Origin.read(in),
                optional(in),
                list(in, StoredCommand::read),
                list(in, StoredTimer::read),
                list(in, StoredInput::text));
        in.end();
        return step;
    }

    static void optional(@Nullable Encoded value, StoredOutput out) {
        out.octet(value == null ? 0 : 1);
        if (value != null) {
            value.write(out);
        }
    }

    static @Nullable Encoded optional(StoredInput in) {
        return in.octet() == 0 ? null : Encoded.read(in);
    }

    static <T> List<T> list(StoredInput in, Function<StoredInput, T> element) {
        List<T> all = new ArrayList<>();
        for (long left = in.number(); left > 0; left--) {
            all.add(element.apply(in));
        }
        return all;
    }
}
