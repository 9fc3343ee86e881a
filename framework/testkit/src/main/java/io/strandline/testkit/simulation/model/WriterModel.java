package io.strandline.testkit.simulation.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One writer that an application opened, and what it was given. */
public final class WriterModel {

    private final String name;
    private final StreamLife stream;
    private final String identity;
    private final long asked;
    private final long admitted;
    private final boolean forced;
    private final List<AppendModel> appends = new ArrayList<>();

    /**
     * A stream of one name from its creation to its deletion.
     *
     * @param name its full name
     * @param life tells the streams of that name apart
     */
    public record StreamLife(String name, long life) {}

    /**
     * A writer that was admitted.
     *
     * @param identity what a later writer fences it by: its id, the partition that it claims, or its own name for none
     * @param asked number of the request for it among all calls and answers
     * @param admitted number of its admission among all calls and answers
     * @param forced true if its acknowledgements wait for the disk
     */
    WriterModel(String name, StreamLife stream, @Nullable String identity, long asked, long admitted, boolean forced) {
        this.name = name;
        this.stream = stream;
        this.identity = identity == null ? name : identity;
        this.asked = asked;
        this.admitted = admitted;
        this.forced = forced;
    }

    StreamLife stream() {
        return stream;
    }

    String identity() {
        return identity;
    }

    long asked() {
        return asked;
    }

    long admitted() {
        return admitted;
    }

    boolean isForced() {
        return forced;
    }

    /** Its appends in the order of the calls. */
    List<AppendModel> appends() {
        return appends;
    }

    @Override
    public String toString() {
        return name;
    }
}
