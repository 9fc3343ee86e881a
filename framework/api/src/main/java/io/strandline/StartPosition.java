package io.strandline;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Where a reader starts. */
public sealed interface StartPosition {

    /** The first event that is still kept in each partition. */
    static StartPosition start() {
        return new Start();
    }

    /** After the last event of each partition: only what is appended later. */
    static StartPosition end() {
        return new End();
    }

    /** At a stream cut, which may name sealed partitions. The reader reads the partitions that it names. */
    static StartPosition at(StreamCut cut) {
        return new Cut(cut);
    }

    /**
     * In each partition the first event that was stamped at a time or later. The reader begins in the oldest partitions that
     * have such an event, also in sealed ones. A time in the future begins at the end, and what is appended before that time
     * comes is passed over. Stamps are those of the log's clock, and never go back within a partition.
     *
     * @param millis milliseconds since 1970
     */
    static StartPosition time(long millis) {
        return new Time(millis);
    }

    /**
     * Reads what {@link #toJson} writes.
     *
     * @param json null for the start
     * @throws StrandlineException.Invalid if it is anything else
     */
    static StartPosition fromJson(@Nullable Object json) {
        return fromJson("a position", json);
    }

    /**
     * As {@link #fromJson(Object)}.
     *
     * @param name of what is read, for the failure
     */
    static StartPosition fromJson(String name, @Nullable Object json) {
        if (json instanceof JsonObject place) {
            return place.containsKey("time") ? time(timeOf(place)) : at(StreamCut.fromJson(place));
        }
        if (json == null || (json instanceof String text && text.equalsIgnoreCase("start"))) {
            return start();
        }
        if (json instanceof String text && text.equalsIgnoreCase("end")) {
            return end();
        }
        throw new StrandlineException.Invalid(name + " is " + Utf8.shown(json.toString())
                + ", it must be \"start\", \"end\", a stream cut or {\"time\": milliseconds since 1970}");
    }

    private static long timeOf(JsonObject place) {
        OptionsJson in = new OptionsJson("a start position", place);
        long millis = in.whole("time", 0);
        in.end();
        return millis;
    }

    /** A string, or an object: {@code "start"}, {@code "end"}, a cut as JSON or {@code {"time": 1700000000000}}. */
    Object toJson();

    /** See {@link #start()}. */
    record Start() implements StartPosition {
        @Override
        public Object toJson() {
            return "start";
        }
    }

    /** See {@link #end()}. */
    record End() implements StartPosition {
        @Override
        public Object toJson() {
            return "end";
        }
    }

    /** See {@link #at}. */
    record Cut(StreamCut cut) implements StartPosition {
        /**
         * Checks the cut.
         *
         * @throws StrandlineException.Invalid if it is null
         */
        public Cut {
            Limits.requireGiven("cut", cut);
        }

        @Override
        public Object toJson() {
            return cut.toJson();
        }
    }

    /** See {@link #time}. */
    record Time(long millis) implements StartPosition {
        @Override
        public Object toJson() {
            return new JsonObject().put("time", millis);
        }
    }
}
