package io.strandline.client.wire;

import io.strandline.OptionsJson;
import io.strandline.StrandlineException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * Failures in JSON, as every door answers them that speaks JSON.
 *
 * <pre>{@code
 * {"code": "overloaded", "message": "…", "retryable": true, "happened": "no"}
 * }</pre>
 *
 * <p>{@code code} is the kind of {@link ErrorCode} in small letters. {@code retryable} says that the same call may succeed later without
 * anybody changing it. {@code happened} says whether the operation was done: {@code no}, {@code yes} if only its answer is
 * missing, or {@code unknown}.
 *
 * <p>The message is that of {@link FailureText}. Neither a stack trace nor a cause is ever written.
 */
public final class FailureJson {

    /** Whether an operation that failed was done. */
    public enum Happened {
        NO,
        YES,
        UNKNOWN
    }

    private FailureJson() {}

    public static JsonObject of(StrandlineException failure) {
        return of(failure, failure instanceof StrandlineException.Unknown ? Happened.UNKNOWN : Happened.NO);
    }

    public static JsonObject of(StrandlineException failure, Happened happened) {
        return new JsonObject()
                .put("code", OptionsJson.nameOf(ErrorCode.of(failure)))
                .put("message", FailureText.of(failure))
                .put("retryable", failure.isTransient() && happened != Happened.YES)
                .put("happened", OptionsJson.nameOf(happened));
    }

    /** Reads what {@link #of} writes. What is no failure is read as Unknown. */
    public static StrandlineException read(JsonObject json) {
        String message = json.getValue("message") instanceof String text ? FailureText.shown(text) : "";
        if (json.getValue("code") instanceof String code) {
            String name = code.toUpperCase(Locale.ROOT);
            for (ErrorCode known : ErrorCode.values()) {
                if (known.name().equals(name)) {
                    return known.failure(message);
                }
            }
        }
        return ErrorCode.UNKNOWN.failure(message);
    }

    /** JSON Schema of a failure, of draft 2020-12. The caller may change it. */
    public static JsonObject schema() {
        JsonArray codes = new JsonArray();
        for (ErrorCode code : ErrorCode.values()) {
            codes.add(OptionsJson.nameOf(code));
        }
        JsonArray happened = new JsonArray();
        for (Happened each : Happened.values()) {
            happened.add(OptionsJson.nameOf(each));
        }
        return new JsonObject()
                .put("type", "object")
                .put(
                        "properties",
                        new JsonObject()
                                .put(
                                        "code",
                                        new JsonObject().put("type", "string").put("enum", codes))
                                .put("message", new JsonObject().put("type", "string"))
                                .put("retryable", new JsonObject().put("type", "boolean"))
                                .put(
                                        "happened",
                                        new JsonObject().put("type", "string").put("enum", happened)))
                .put(
                        "required",
                        new JsonArray()
                                .add("code")
                                .add("message")
                                .add("retryable")
                                .add("happened"));
    }
}
