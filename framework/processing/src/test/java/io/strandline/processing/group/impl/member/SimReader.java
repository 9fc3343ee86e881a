package io.strandline.processing.group.impl.member;

import io.strandline.EventCodec;
import io.strandline.EventRecord;
import io.strandline.EventType;
import io.strandline.StrandlineException;
import io.strandline.StreamCut;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Reads one partition of a {@link SimLog}, some events per turn. Ends where a sealed partition ends. */
final class SimReader<E> extends SimEventReader<E> {

    private final SimLog log;
    private final SimProcess process;
    private final SimLog.Events events;
    private final EventCodec<E> codec;
    private long position;
    private boolean scheduled;

    SimReader(SimLog log, SimProcess process, SimLog.Events events, long position, EventCodec<E> codec) {
        super(log.stream);
        this.log = log;
        this.process = process;
        this.events = events;
        this.position = position;
        this.codec = codec;
    }

    @Override
    void schedule() {
        if (!scheduled && !closed && !process.crashed) {
            scheduled = true;
            process.time.after(process.time.pause(), process, () -> {
                scheduled = false;
                deliver();
            });
        }
    }

    private void deliver() {
        int most = 1 + process.time.random.nextInt(8);
        for (int i = 0; i < most && !paused && !closed && handler != null && !process.crashed; i++) {
            if (position < events.start) {
                fail(new StrandlineException.Truncated("offset " + position + " is before " + events.start));
                return;
            }
            if (position == events.end) {
                break;
            }
            handler.handle(next());
        }
        if (closed || paused) {
            return;
        }
        if (position < events.end) {
            schedule();
        } else if (events.sealed) {
            end();
        } else {
            log.watch(this::schedule);
        }
    }

    private EventRecord<E> next() {
        long offset = position++;
        byte[] bytes = ("0".repeat(log.paddingBytes) + offset).getBytes(StandardCharsets.UTF_8);
        EventType type = events.isOfOtherType(offset) ? SimLog.OTHER_TYPE : SimLog.TYPE;
        try {
            E event = codec.decode(type, bytes, 0, bytes.length);
            return new EventRecord<>(events.description.id(), offset, offset, events.key(offset), type, event);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public StreamCut position() {
        return StreamCut.of(log.stream, events.description.id(), position);
    }
}
