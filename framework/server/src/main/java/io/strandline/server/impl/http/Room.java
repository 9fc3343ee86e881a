package io.strandline.server.impl.http;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** What all clients of a server share, up to a limit: bytes of request bodies, or responses that stay open. Callable from any thread. */
public final class Room {

    private final long most;
    private final LongConsumer onChange;
    private final AtomicLong taken = new AtomicLong();

    public Room(long most) {
        this(most, change -> {});
    }

    /** @param onChange called with what was taken, and with the negative of what was released */
    public Room(long most, LongConsumer onChange) {
        this.most = most;
        this.onChange = onChange;
    }

    /** Takes some of it. False if there is not as much, and then nothing is taken. */
    public boolean take(long amount) {
        if (taken.addAndGet(amount) <= most) {
            onChange.accept(amount);
            return true;
        }
        taken.addAndGet(-amount);
        return false;
    }

    public void release(long amount) {
        taken.addAndGet(-amount);
        onChange.accept(-amount);
    }

    public long taken() {
        return taken.get();
    }

    public long most() {
        return most;
    }
}
