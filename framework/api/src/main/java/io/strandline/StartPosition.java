package io.strandline;

/** Where a reader starts. */
public sealed interface StartPosition {

    /** The first event that is still kept in each partition. */
    static StartPosition start() {
        return new Start();
    }

    /** Behind the last event of each partition: only what is appended later. */
    static StartPosition end() {
        return new End();
    }

    /** At a stream cut; the reader reads the partitions that it names. */
    static StartPosition at(StreamCut cut) {
        return new Cut(cut);
    }

    /** See {@link #start()}. */
    record Start() implements StartPosition {}

    /** See {@link #end()}. */
    record End() implements StartPosition {}

    /** See {@link #at}. */
    record Cut(StreamCut cut) implements StartPosition {}
}
