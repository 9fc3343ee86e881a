package io.strandline.benchmarks;

import java.io.IOException;

/**
 * A side as one benchmark measures it.
 *
 * @param name name in the table
 * @param round measures one round
 */
public record Contender(String name, Round round) {

    /** One round of a side. */
    @FunctionalInterface
    public interface Round {

        /** Measures in a fresh JVM. */
        Measurement measure() throws IOException, InterruptedException;
    }
}
