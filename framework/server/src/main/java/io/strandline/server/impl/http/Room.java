package io.strandline.server.impl.http;

import java.util.concurrent.atomic.AtomicLong;

/** What all clients of a server share, up to a limit: bytes of request bodies, or responses that stay open. Callable from any thread. */
public final class Room {

    private final long most;
    private final AtomicLong taken = new AtomicLong();

    public Room(long most) {
        this.most = most;
    }

    /** Takes some of it. False if there is not as much, and then nothing is taken. */
    public boolean take(long amount) {
        if (taken.addAndGet(amount) <= most) {
            return true;
        }
        taken.addAndGet(-amount);
        return false;
    }

    public void release(long amount) {
        taken.addAndGet(-amount);
    }

    public long taken() {
        return taken.get();
    }

    public long most() {
        return most;
    }
}
