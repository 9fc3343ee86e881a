package io.strandline.processing.process.impl;

import io.strandline.EventCodec;
import io.strandline.EventType;
import io.strandline.PayloadOutput;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A part of an agenda as it is stored. Numbers and texts are as in {@link StepCodec}.
 *
 * <pre>
 *      byte     format, 1
 *      text     id of the stored agenda
 *      number   which part this is, from 0
 *      number   how many there are
 *      number   count of partitions of the cut, and for each:
 *      number     partition
 *      number     offset of the first step after the cut
 *      number   count of instances, and for each:
 *      text       key
 *      number     count of commands without an answer, and for each:
 *      number       number
 *      number     count of timers, and for each:
 *      text         name
 *      number       number
 *      number       due, in milliseconds since 1970
 * </pre>
 *
 * @param id of the stored agenda
 * @param index which part this is
 * @param count how many there are
 * @param cut which steps are in it: for each partition of the process the offset of the first that is not
 * @param instances what is open
 */
record AgendaPart(String id, int index, int count, SortedMap<Long, Long> cut, List<OpenWork> instances) {

    static final EventCodec<AgendaPart> CODEC = new Codec();

    /**
     * What one instance has not done.
     *
     * @param key of the instance
     * @param commands numbers of the commands without an answer
     * @param timers those that are set
     */
    record OpenWork(String key, List<Long> commands, List<Agenda.Due> timers) {

        /** About its length in bytes. */
        long weight() {
            long bytes = 16 + 3L * key.length() + 9L * commands.size();
            for (Agenda.Due timer : timers) {
                bytes += 24 + 3L * timer.name().length();
            }
            return bytes;
        }

        private void write(StoredOutput out) {
            out.text(key);
            out.number(commands.size());
            commands.forEach(out::number);
            out.number(timers.size());
            for (Agenda.Due timer : timers) {
                out.text(timer.name());
                out.number(timer.number());
                out.number(timer.dueMillis());
            }
        }

        private static OpenWork read(StoredInput in) {
            String key = in.text();
            List<Long> commands = StepCodec.list(in, StoredInput::number);
            return new OpenWork(key, commands, StepCodec.list(in, timer -> due(key, timer)));
        }

        private static Agenda.Due due(String key, StoredInput in) {
            String name = in.text();
            long number = in.number();
            return new Agenda.Due(in.number(), key, name, number);
        }
    }

    private static final class Codec implements EventCodec<AgendaPart> {

        private static final EventType TYPE = new EventType("process-agenda", 1);
        private static final int FORMAT = 1;

        @Override
        public EventType typeOf(AgendaPart part) {
            return TYPE;
        }

        @Override
        public void encode(AgendaPart part, PayloadOutput payload) {
            StoredOutput out = new StoredOutput(payload);
            out.octet(FORMAT);
            out.text(part.id());
            out.number(part.index());
            out.number(part.count());
            out.number(part.cut().size());
            part.cut().forEach((partition, offset) -> {
                out.number(partition);
                out.number(offset);
            });
            out.number(part.instances().size());
            part.instances().forEach(instance -> instance.write(out));
        }

        @Override
        public AgendaPart decode(EventType type, byte[] bytes, int from, int length) {
            StoredInput in = new StoredInput("agenda of a process", bytes, from, length);
            in.format(FORMAT);
            String id = in.text();
            int index = in.integer();
            int count = in.integer();
            TreeMap<Long, Long> cut = new TreeMap<>();
            for (long left = in.number(); left > 0; left--) {
                cut.put(in.number(), in.number());
            }
            AgendaPart part = new AgendaPart(id, index, count, cut, StepCodec.list(in, OpenWork::read));
            in.end();
            return part;
        }
    }
}
