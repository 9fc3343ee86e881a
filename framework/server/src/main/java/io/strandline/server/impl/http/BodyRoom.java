package io.strandline.server.impl.http;

import io.strandline.server.RestOptions;
import io.strandline.server.security.Identity;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Room for bytes of request bodies, of all callers together and of each. A caller who may do nothing is known when its body comes, and its
 * rights are asked for when the body is there. So one caller has a share at most, and others have the rest. Without security nobody is known,
 * and all have all of it. Callable from any thread.
 */
final class BodyRoom {

    /** One caller has so many parts of the room at most, or the longest body. */
    private static final int CALLERS = 4;

    private final Room all;
    private final long mostOfOne;
    private final Map<String, Long> ofOne = new ConcurrentHashMap<>();

    BodyRoom(RestOptions options) {
        this.all = new Room(options.getMaxHeldBytes());
        this.mostOfOne = Math.max(options.getMaxBodyBytes(), options.getMaxHeldBytes() / CALLERS);
    }

    /** Fails with {@link Refusal} if there is not as much of it now. Takes nothing. */
    void require(Identity who, long bytes) {
        if (!who.isAnonymous() && takenOf(who) + bytes > mostOfOne) {
            throw tooMuchOf(who);
        }
        if (all.taken() + bytes > all.most()) {
            throw tooMuch();
        }
    }

    /** Takes some of it. Fails with {@link Refusal} if there is not as much, and then nothing is taken. */
    void take(Identity who, long bytes) {
        if (!who.isAnonymous() && !takeOfOne(who.name(), bytes)) {
            throw tooMuchOf(who);
        }
        if (!all.take(bytes)) {
            releaseOfOne(who, bytes);
            throw tooMuch();
        }
    }

    private Refusal tooMuchOf(Identity who) {
        return new Refusal(Problem.overloaded(
                "request bodies of this caller take " + takenOf(who) + " bytes, the limit is " + mostOfOne));
    }

    private Refusal tooMuch() {
        return new Refusal(
                Problem.overloaded("request bodies take " + all.taken() + " bytes, the limit is " + all.most()));
    }

    private long takenOf(Identity who) {
        return ofOne.getOrDefault(who.name(), 0L);
    }

    private boolean takeOfOne(String name, long bytes) {
        boolean[] fits = {false};
        ofOne.compute(name, (same, known) -> {
            long next = (known == null ? 0 : known) + bytes;
            fits[0] = next <= mostOfOne;
            return fits[0] ? (Long) next : known;
        });
        return fits[0];
    }

    void release(Identity who, long bytes) {
        all.release(bytes);
        releaseOfOne(who, bytes);
    }

    private void releaseOfOne(Identity who, long bytes) {
        if (!who.isAnonymous()) {
            ofOne.computeIfPresent(who.name(), (same, known) -> known <= bytes ? null : (Long) (known - bytes));
        }
    }
}
