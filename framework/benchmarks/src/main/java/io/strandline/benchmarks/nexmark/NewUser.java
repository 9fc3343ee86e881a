package io.strandline.benchmarks.nexmark;

import io.strandline.benchmarks.nexmark.NexmarkEvent.Auction;
import io.strandline.benchmarks.nexmark.NexmarkEvent.Person;

/**
 * A person who has registered and offered something in one window.
 *
 * @param start first millisecond of the window
 * @param auctions how many
 * @param name empty as long as the person has not registered in the window
 */
public record NewUser(long start, long person, long auctions, String name) {

    static final NewUser NONE = new NewUser(0, 0, 0, "");

    NewUser plus(NexmarkEvent event) {
        if (event instanceof Person registered) {
            return new NewUser(start, registered.id(), auctions, registered.name());
        }
        return event instanceof Auction ? new NewUser(start, person, auctions + 1, name) : this;
    }

    boolean isComplete() {
        return auctions > 0 && !name.isEmpty();
    }

    NewUser startedAt(long millis) {
        return new NewUser(millis, person, auctions, name);
    }
}
