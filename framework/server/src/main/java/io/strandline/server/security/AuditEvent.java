package io.strandline.server.security;

import io.strandline.EventCodec;
import io.strandline.json.JsonCodec;
import java.util.List;
import java.util.Objects;

/**
 * An entry of the audit trail, an event of the stream {@value #STREAM} under the name of the caller as its key. Its stamp says when.
 *
 * @param who name of the caller, {@code anonymous} if it has proven none
 * @param from where it called from: {@code tcp}, {@code event_bus} or {@code rest}, and its address
 * @param operation name of the operation, {@code authenticate} for the proof itself
 * @param resources what the operation is about, as {@link ResourcePattern#text} writes it. The first {@value #MAX_RESOURCES}, and of each
 *     the first {@value #MAX_TEXT_CHARACTERS} characters
 * @param outcome {@link #REFUSED}, {@link #DONE} or {@link #FAILED}
 * @param because why it was refused or has failed, up to {@value #MAX_TEXT_CHARACTERS} characters. Empty if it is done
 * @param tried the name that credentials show which are not valid. It is not proven: anybody may have shown it, and a user may have typed
 *     a password in its place. Up to {@value #MAX_TRIED_CHARACTERS} characters, with {@code ?} for those that are none to print. Empty
 *     if none was shown, and in entries of callers who have proven who they are
 * @param dropped entries that are not there, since the last one that is: the log did not take them in time, or callers of one address have
 *     shown too many credentials that are not valid, or a user has asked too often for what it may not do
 */
public record AuditEvent(
        String who,
        String from,
        String operation,
        List<String> resources,
        String outcome,
        String because,
        String tried,
        long dropped) {

    /** The stream of the audit trail. A rule must name its scope. */
    public static final String STREAM = "_strandline/audit";

    /** The caller was not permitted to do it, and nothing was done. */
    public static final String REFUSED = "refused";

    public static final String DONE = "done";

    /** It was permitted, and has failed. */
    public static final String FAILED = "failed";

    public static final int MAX_RESOURCES = 16;

    /** Characters of a resource, and of a reason. */
    public static final int MAX_TEXT_CHARACTERS = 500;

    /** Characters of a name that was tried. */
    public static final int MAX_TRIED_CHARACTERS = 100;

    /** Reads and writes entries. */
    public static final EventCodec<AuditEvent> CODEC = JsonCodec.of("audit", 1, AuditEvent.class);

    public AuditEvent {
        resources = List.copyOf(resources);
        tried = Objects.requireNonNullElse(tried, "");
    }
}
