package io.strandline.server.security;

import io.strandline.StrandlineException;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import java.util.Arrays;
import java.util.Locale;

/**
 * A right on some resources, as text: {@code READ stream:shop/*}.
 *
 * @param right the right, with all that it includes
 * @param on the resources
 */
public record Grant(Right right, ResourcePattern on) {

    /**
     * Reads a grant.
     *
     * @throws StrandlineException.Invalid if the text is none
     */
    public static Grant parse(String text) {
        String[] words = text.trim().split("\\s+", -1);
        if (words.length != 2) {
            throw new StrandlineException.Invalid(
                    "a grant has " + words.length + " words, it must be RIGHT RESOURCE, such as READ stream:shop/*");
        }
        return new Grant(right(words[0]), ResourcePattern.parse(words[1]));
    }

    static Right right(String text) {
        try {
            return Right.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException none) {
            throw new StrandlineException.Invalid(
                    "right is " + text + ", it must be one of " + Arrays.toString(Right.values()));
        }
    }

    /** True if it permits what needs a right on a resource. */
    public boolean permits(Right needed, Resource resource) {
        return right.includes(needed) && on.matches(resource);
    }

    @Override
    public String toString() {
        return right + " " + on;
    }
}
