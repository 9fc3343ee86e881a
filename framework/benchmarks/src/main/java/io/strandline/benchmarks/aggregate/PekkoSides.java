package io.strandline.benchmarks.aggregate;

/** Class names of the sides of Pekko, which stand on the class path with the Maven profile {@code peers} only. */
final class PekkoSides {

    static final String LEVELDB_NAME = "pekko, leveldb";
    static final String LEVELDB = "io.strandline.benchmarks.pekko.PekkoLevelDb";
    static final String MEMORY_NAME = "pekko, in memory";
    static final String MEMORY = "io.strandline.benchmarks.pekko.PekkoInMemory";

    private PekkoSides() {}
}
