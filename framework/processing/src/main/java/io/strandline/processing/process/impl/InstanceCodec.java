package io.strandline.processing.process.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Instances in snapshots. Numbers, texts and what is encoded are as in {@link StepCodec}.
 *
 * <pre>
 *      byte     format, 1
 *      byte     1 if it has a state, else 0
 *      encoded    the state
 *      number   the next number of a command or timer
 *      number   count of positions, and for each, by stream and partition:
 *      text       stream
 *      number     partition
 *      number     offset
 *      number   count of open commands, and for each: as in a step
 *      number   count of timers, and for each: as in a step
 * </pre>
 */
final class InstanceCodec implements EventCodec<Instance> {

    static final InstanceCodec INSTANCE = new InstanceCodec();

    private static final EventType TYPE = new EventType("process-instance", 1);
    private static final int FORMAT = 1;

    private InstanceCodec() {}

    @Override
    public EventType typeOf(Instance instance) {
        return TYPE;
    }

    @Override
    public void encode(Instance instance, PayloadOutput payload) {
        StoredOutput out = new StoredOutput(payload);
        out.octet(FORMAT);
        StepCodec.optional(instance.state(), out);
        out.number(instance.nextNumber());
        out.number(instance.positions().size());
        instance.positions().entrySet().stream()
                .sorted(Map.Entry.comparingByKey(
                        Comparator.comparing(Place::stream).thenComparingLong(Place::partition)))
                .forEach(position -> {
                    out.text(position.getKey().stream());
                    out.number(position.getKey().partition());
                    out.number(position.getValue());
                });
        out.number(instance.open().size());
        instance.open().values().forEach(command -> command.write(out));
        out.number(instance.timers().size());
        instance.timers().values().forEach(timer -> timer.write(out));
    }

    @Override
    public Instance decode(EventType type, byte[] bytes, int from, int length) {
        StoredInput in = new StoredInput("instance of a process", bytes, from, length);
        in.format(FORMAT);
        Encoded state = StepCodec.optional(in);
        long nextNumber = in.number();
        Map<Place, Long> positions = new HashMap<>();
        for (long left = in.number(); left > 0; left--) {
            positions.put(new Place(in.text(), in.number()), in.number());
        }
        TreeMap<Long, StoredCommand> open = new TreeMap<>();
        StepCodec.list(in, StoredCommand::read).forEach(command -> open.put(command.number(), command));
        TreeMap<String, StoredTimer> timers = new TreeMap<>();
        StepCodec.list(in, StoredTimer::read).forEach(timer -> timers.put(timer.name(), timer));
        in.end();
        return new Instance(
                state,
                nextNumber,
                Collections.unmodifiableMap(positions),
                Collections.unmodifiableSortedMap(open),
                Collections.unmodifiableSortedMap(timers));
    }
}
