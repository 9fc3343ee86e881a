package io.strandline.benchmarks.log;

/** Class name of Pravega's side, which stands on the class path with the Maven profile {@code peers} only. */
final class Pravega {

    static final String NAME = "pravega";
    static final String APPEND = "io.strandline.benchmarks.pravega.PravegaAppend";

    private Pravega() {}
}
