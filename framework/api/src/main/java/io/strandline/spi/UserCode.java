package io.strandline.spi;

import io.strandline.StrandlineException;
import io.strandline.Utf8;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one place that says what becomes of a call into the application: whatever it throws, an {@link Error} too, or gives back,
 * null too, it has one outcome. A call that is made for each event catches {@link Throwable} itself and takes {@link #refused}.
 */
public final class UserCode {

    private UserCode() {}

    /** Asks the application for a future: what the call throws fails it, and so does null in its place. */
    public static <T> Future<T> future(String what, Supplier<? extends @Nullable Future<T>> call) {
        try {
            return orRefused(what, call.get());
        } catch (Throwable e) { // an Error must not pass for a success either
            return Future.failedFuture(e);
        }
    }

    /** What the application gave, or a failed future in place of null. */
    public static <T> Future<T> orRefused(String what, @Nullable Future<T> given) {
        return given == null
                ? Future.failedFuture(new StrandlineException.Invalid(
                        what + " returned null; it must return a future, such as Future.succeededFuture()"))
                : given;
    }

    /** The failure of a call into the application, with what was thrown as its cause. */
    public static StrandlineException.Invalid refused(String what, Throwable thrown) {
        return new StrandlineException.Invalid(what + ": " + thrown, thrown);
    }

    /** A value of the application in a message, shortened. Its toString must not hide what it is asked for. */
    public static String shown(Object value) {
        try {
            return Utf8.shown(String.valueOf(value));
        } catch (Throwable thrown) {
            return value.getClass().getName();
        }
    }
}
