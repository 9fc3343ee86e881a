package io.strandline.server.security;

import io.strandline.StrandlineException;
import io.strandline.StreamName;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Resource.Kind;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Some resources, as text.
 *
 * <pre>
 * *                    everything, streams of Strandline itself too
 * log                  the log as a whole
 * scope:shop           the scope, and all streams, groups, aggregates and states in it
 * stream:shop/*        all streams of the scope
 * stream:*&#47;orders      a stream in all scopes
 * group:shop/bill*     as a stream, and so are aggregate: and state:
 * pipeline:totals      a pipeline
 * </pre>
 *
 * <p>A {@code *} stands for any characters but {@code /}. It does not match the scope {@code _strandline}, in which Strandline keeps its
 * own streams: a pattern must name that scope, or be {@code *}.
 */
public final class ResourcePattern {

    private static final String EVERYTHING = "*";
    private static final int MAX_CHARACTERS = 500;
    private static final int MAX_STARS = 8;
    private static final Set<Kind> NAMED =
            EnumSet.of(Kind.SCOPE, Kind.STREAM, Kind.GROUP, Kind.PIPELINE, Kind.AGGREGATE, Kind.STATE);
    private static final Set<Kind> IN_SCOPES = EnumSet.of(Kind.STREAM, Kind.GROUP, Kind.AGGREGATE, Kind.STATE);

    private final String text;
    private final @Nullable Kind kind;
    private final Pattern names;
    private final boolean namesReserved;

    private ResourcePattern(String text, @Nullable Kind kind, String name) {
        this.text = text;
        this.kind = kind;
        this.names = Pattern.compile(
                Stream.of(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining("[^/]*")));
        this.namesReserved = name.equals(StreamName.RESERVED_SCOPE) || name.startsWith(StreamName.RESERVED_SCOPE + "/");
    }

    /**
     * Reads a pattern.
     *
     * @throws StrandlineException.Invalid if the text is none
     */
    public static ResourcePattern parse(String text) {
        if (text.length() > MAX_CHARACTERS) {
            throw invalid("a resource of " + text.length() + " characters, the limit is " + MAX_CHARACTERS);
        }
        if (text.equals(EVERYTHING)) {
            return new ResourcePattern(text, null, EVERYTHING);
        }
        Kind kind = kind(text);
        String name = kind == Kind.LOG ? "" : text.substring(text.indexOf(':') + 1);
        long stars = name.chars().filter(one -> one == '*').count();
        if (stars > MAX_STARS) {
            throw invalid("resource " + text + " has " + stars + " times *, the limit is " + MAX_STARS);
        }
        boolean hasTwoParts = name.matches("[^/]+/[^/]+");
        boolean hasOnePart = name.matches("[^/]+");
        boolean isWhole =
                switch (kind) {
                    case LOG -> true;
                    case SCOPE -> hasOnePart;
                    case STREAM, GROUP -> hasTwoParts;
                    default -> hasOnePart || hasTwoParts;
                };
        if (!isWhole) {
            throw invalid("resource " + text + " has no name of its kind, such as stream:shop/orders or scope:shop");
        }
        return new ResourcePattern(text, kind, name);
    }

    /** The kind of a resource that is written so. */
    private static Kind kind(String text) {
        int colon = text.indexOf(':');
        String word = colon < 0 ? text : text.substring(0, colon);
        if (word.equals("log") && colon < 0) {
            return Kind.LOG;
        }
        for (Kind kind : NAMED) {
            if (colon > 0 && word.equals(kind.name().toLowerCase(Locale.ROOT))) {
                return kind;
            }
        }
        throw invalid("resource " + text + " is not *, log, or one of "
                + NAMED.stream()
                        .map(kind -> kind.name().toLowerCase(Locale.ROOT) + ":NAME")
                        .collect(Collectors.joining(", ")));
    }

    private static StrandlineException.Invalid invalid(String why) {
        return new StrandlineException.Invalid(why);
    }

    /** The resource that a text without {@code *} names, as the command line takes it. */
    public static Resource resource(String text) {
        Kind kind = kind(text);
        return new Resource(kind, kind == Kind.LOG ? "" : text.substring(text.indexOf(':') + 1));
    }

    /** A resource as {@link #resource} reads it. */
    public static String text(Resource resource) {
        String word = resource.kind().name().toLowerCase(Locale.ROOT);
        return resource.name().isEmpty() ? word : word + ":" + resource.name();
    }

    /**
     * True if the resource is one of these. A transaction that has written to no stream yet is one of these if there may be streams among
     * them.
     */
    public boolean matches(Resource resource) {
        if (kind == null) {
            return true;
        }
        String name = resource.name();
        if (kind == Kind.SCOPE) {
            int slash = name.indexOf('/');
            boolean isInScope = IN_SCOPES.contains(resource.kind()) && slash > 0;
            return resource.kind() == Kind.TRANSACTION
                    || (isInScope && matchesName(name.substring(0, slash)))
                    || (resource.kind() == Kind.SCOPE && matchesName(name));
        }
        return (resource.kind() == Kind.TRANSACTION && kind == Kind.STREAM)
                || (resource.kind() == kind && matchesName(name));
    }

    private boolean matchesName(String name) {
        boolean isReserved = name.equals(StreamName.RESERVED_SCOPE) || name.startsWith(StreamName.RESERVED_SCOPE + "/");
        return isReserved == namesReserved && names.matcher(name).matches();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ResourcePattern pattern && text.equals(pattern.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
