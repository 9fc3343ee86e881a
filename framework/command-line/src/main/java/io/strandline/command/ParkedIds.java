package io.strandline.command;

import io.strandline.StrandlineException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which parked events are listed or dropped. What is replayed, a command says itself. */
final class ParkedIds {

    @Option(
            names = "--after",
            paramLabel = "ID",
            defaultValue = "-1",
            description = "The last id of the list before. Default: -1, from the first on.")
    private long after;

    @Option(names = "--drop", paramLabel = "ID", description = "An event to drop for good. May be repeated.")
    private @Nullable List<Long> drop;

    long after() {
        return after;
    }

    /**
     * The events to drop. Null if they are replayed or listed.
     *
     * @param replay those to replay, null for none
     * @throws StrandlineException.Invalid if both are given
     */
    @Nullable
    List<Long> dropUnless(@Nullable List<?> replay) {
        if (replay != null && drop != null) {
            throw new StrandlineException.Invalid("give either --replay or --drop");
        }
        return drop;
    }
}
