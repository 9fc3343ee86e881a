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

    /** At a stream cut, which may name sealed partitions; the reader reads the partitions that it names. */
    static StartPosition at(StreamCut cut) {
        return new Cut(cut);
    }

    /**
     * In each partition the first event that was stamped at a time or later. The reader begins in the oldest partitions that
     * have such an event, also in sealed ones.
     *
     * @param millis milliseconds since 1970
     */
    static StartPosition time(long millis) {
        return new Time(millis);
    }

    /** See {@link #start()}. */
    record Start() implements StartPosition {}

    /** See {@link #end()}. */
    record End() implements StartPosition {}

    /** See {@link #at}. */
    record Cut(StreamCut cut) implements StartPosition {}

    /** See {@link #time}. */
    record Time(long millis) implements StartPosition {}
}
