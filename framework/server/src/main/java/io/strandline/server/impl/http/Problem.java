package io.strandline.server.impl.http;

import io.strandline.StrandlineException;
import io.strandline.client.wire.ErrorCode;
import io.strandline.client.wire.FailureText;
import io.strandline.server.impl.operation.ToldFailure;
import io.strandline.server.impl.operation.Unanswered;
import io.vertx.core.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A failure as an answer: a problem document of RFC 9457. Immutable.
 *
 * <pre>
 * type       urn:strandline:problem:CODE
 * title      of the code, in words
 * status     of the response
 * detail     what is wrong, with the number and its limit
 * code       kind of the failure, such as not_found
 * retryable  true if the same request may succeed later without anybody changing it. Not if it was done
 * happened   no: nothing was done · yes: it was done, and its answer is missing · unknown: the client has to find out
 * field      the field of the request that is wrong, if it is one
 * </pre>
 *
 * <p>Further members belong to single operations. No stack trace, no path of the server and no control character is in it.
 */
public final class Problem {

    public static final String MEDIA_TYPE = "application/problem+json";

    /** Seconds after which a client tries again. */
    private static final long RETRY_AFTER_SECONDS = 1;

    private static final String RETRY_AFTER = "retryAfterSeconds";

    /** How messages of the table begin that name a field. */
    private static final Pattern FIELD = Pattern.compile("field ([\\w.\\[\\]-]+)");

    private static final String NO = "no";
    private static final String YES = "yes";
    private static final String UNKNOWN = "unknown";

    /** The title of a request that was done. */
    private static final String DONE = "It was done, and its answer is missing";

    private static final Map<ErrorCode, Kind> KINDS = Map.ofEntries(
            Map.entry(ErrorCode.CONFLICT, new Kind(409, "Something is not as the request expects it")),
            Map.entry(ErrorCode.NOT_FOUND, new Kind(404, "It does not exist")),
            Map.entry(ErrorCode.NOT_OWNER, new Kind(421, "Another member owns it")),
            Map.entry(ErrorCode.FENCED, new Kind(409, "A newer owner or writer has taken over")),
            Map.entry(ErrorCode.TRUNCATED, new Kind(410, "The events were removed")),
            Map.entry(ErrorCode.SEALED, new Kind(409, "The partition or the stream takes no more events")),
            Map.entry(ErrorCode.UNAUTHORIZED, new Kind(403, "The caller may not do this")),
            Map.entry(ErrorCode.OVERLOADED, new Kind(503, "A bounded queue is full")),
            Map.entry(ErrorCode.INVALID, new Kind(400, "The request is wrong")),
            Map.entry(ErrorCode.UNAVAILABLE, new Kind(503, "The log cannot serve now")),
            Map.entry(ErrorCode.UNKNOWN, new Kind(504, "It may or may not have happened")),
            Map.entry(ErrorCode.CORRUPT, new Kind(500, "Stored bytes are damaged")));

    private record Kind(int status, String title) {}

    private final int status;
    private final String code;
    private final String title;
    private final String detail;
    private final String happened;
    private final Map<String, Object> more;

    private Problem(int status, String code, String title, String detail, String happened, Map<String, Object> more) {
        this.status = status;
        this.code = code;
        this.title = title;
        this.detail = detail;
        this.happened = happened;
        this.more = more;
    }

    private static Problem of(int status, String code, String title, String detail, String happened) {
        return new Problem(status, code, title, detail, happened, Map.of());
    }

    // ---- kinds

    /**
     * What became of a request.
     *
     * @param what names the request, with no text of the caller in it
     */
    public static Problem of(Throwable cause, String what) {
        if (cause instanceof Refusal refusal) {
            return refusal.problem();
        }
        Problem problem = of(ToldFailure.of(cause, what));
        return cause instanceof Unanswered ? problem.withStatus(500).done() : problem;
    }

    private static Problem of(StrandlineException failure) {
        ErrorCode kind = ErrorCode.of(failure);
        Kind known = KINDS.get(kind);
        if (known == null) {
            throw new IllegalStateException("no status for " + kind);
        }
        Problem problem = of(
                known.status,
                kind.name().toLowerCase(Locale.ROOT),
                known.title,
                FailureText.of(failure),
                kind == ErrorCode.UNKNOWN ? UNKNOWN : NO);
        Matcher field = FIELD.matcher(problem.detail);
        return kind == ErrorCode.INVALID && field.lookingAt() ? problem.with("field", field.group(1)) : problem;
    }

    /** The status of a kind of failure. */
    public static int statusOf(ErrorCode kind) {
        Kind known = KINDS.get(kind);
        return known == null ? 500 : known.status;
    }

    public static Problem invalid(String detail) {
        return of(new StrandlineException.Invalid(detail));
    }

    public static Problem tooLong(String what, long bytes, long limit) {
        return of(413, "too_long", "It is too long", what + " of " + bytes + " bytes, the limit is " + limit, NO);
    }

    public static Problem noRoute() {
        return of(404, "not_found", "It does not exist", "there is no such resource, the OpenAPI document has all", NO);
    }

    public static Problem noMethod(String method, String allowed) {
        return of(
                405,
                "method_not_allowed",
                "The resource has other methods",
                method + ", it must be one of " + allowed,
                NO);
    }

    public static Problem notAcceptable(String wanted, String offered) {
        return of(
                406,
                "not_acceptable",
                "No such form",
                "Accept is " + Refusal.quoted(wanted) + ", there is " + offered,
                NO);
    }

    /** A body of a form that the route does not take. The header may hold anything. */
    public static Problem unsupported(String given, String taken) {
        return otherForm("Content-Type is " + Refusal.quoted(given) + ", it must be " + taken);
    }

    public static Problem missingType(String taken) {
        return otherForm("Content-Type is missing, it must be " + taken);
    }

    private static Problem otherForm(String detail) {
        return of(415, "unsupported_media_type", "The body has another form", detail, NO);
    }

    public static Problem late(String what, long millis) {
        return of(408, "timeout", "The request did not come in time", what + " within " + millis + " ms", NO);
    }

    public static Problem preconditionRequired(String detail) {
        return of(428, "precondition_required", "A condition is missing", detail, NO)
                .with("field", "If-Match");
    }

    public static Problem overloaded(String detail) {
        return of(new StrandlineException.Overloaded(detail));
    }

    /** A request that is no HTTP, or above a limit of the parser. */
    public static Problem malformed(int status, String detail) {
        return of(status, "malformed", "The request cannot be read", detail, NO);
    }

    public static Problem unauthenticated(String detail) {
        return of(401, "unauthenticated", "The caller is not known", FailureText.withoutPlaces(detail), NO);
    }

    /** A request for another server. */
    public static Problem misdirected(String detail) {
        return of(421, "misdirected", "The request is for another server", detail, NO)
                .with("field", "Host");
    }

    /** A request that a browser sends for a page of another site. */
    public static Problem otherSite(String detail) {
        return of(403, "other_site", "The request comes from another site", detail, NO)
                .with("field", "Origin");
    }

    /** An offset that is past the end. */
    public static Problem pastTheEnd(String detail) {
        return of(416, "past_the_end", "There is no such event yet", detail, NO);
    }

    // ---- changes

    /** The same with another status, for an operation to which it means more. */
    public Problem withStatus(int other) {
        return new Problem(other, code, title, detail, happened, more);
    }

    /** The same with one member more. */
    public Problem with(String name, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(more);
        all.put(name, value);
        return new Problem(status, code, title, detail, happened, Collections.unmodifiableMap(all));
    }

    /** The same, with the time after which a repeat may succeed. */
    public Problem retryAfter(long seconds) {
        return with(RETRY_AFTER, seconds);
    }

    /** Seconds after which a client tries again, 0 if it should not. */
    long retryAfterSeconds() {
        Object given = more.get(RETRY_AFTER);
        if (happened.equals(YES)) {
            return 0;
        }
        return given instanceof Long seconds ? seconds : status == 503 ? RETRY_AFTER_SECONDS : 0;
    }

    /** The same, of a request that was done. Only its answer is missing, and a repeat would do it once more. */
    public Problem done() {
        return new Problem(status, code, DONE, detail, YES, more);
    }

    /** The same, of a request of which a part may have been done. */
    public Problem inDoubt() {
        return new Problem(status, code, title, detail, UNKNOWN, more);
    }

    // ---- as it is answered

    public int status() {
        return status;
    }

    public String code() {
        return code;
    }

    public String detail() {
        return detail;
    }

    public boolean isInDoubt() {
        return happened.equals(UNKNOWN);
    }

    /** True if a bounded queue or table is full. */
    public boolean isOverloaded() {
        return code.equals(ErrorCode.OVERLOADED.name().toLowerCase(Locale.ROOT));
    }

    /** True if the same request may succeed later. */
    public boolean isRetryable() {
        return !happened.equals(YES) && (status == 408 || status == 421 || status == 503 || status == 504);
    }

    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("type", "urn:strandline:problem:" + code)
                .put("title", title)
                .put("status", status)
                .put("detail", detail)
                .put("code", code)
                .put("retryable", isRetryable())
                .put("happened", happened);
        more.forEach(json::put);
        return json;
    }
}
