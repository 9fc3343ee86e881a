package io.strandline.server.security;

import io.strandline.Limits;
import io.strandline.StrandlineException;
import io.strandline.client.operation.Resource;
import io.strandline.client.operation.Right;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules that permit. What no rule permits is forbidden.
 *
 * <pre>
 * # who              right         on what
 * role:clerks        READ_UPDATE   stream:shop/orders
 * role:operators     OPERATE       group:shop/*
 * user:anna          ADMIN         *
 * *                  DESCRIBE      scope:shop          # all that are authenticated
 * </pre>
 *
 * <p>One rule a line, at most {@value #MAX_RULES}. {@code #} begins a comment. The order of rules has no meaning. {@link Right} says
 * which rights include others, and {@link ResourcePattern} what a resource is. Immutable.
 */
public final class AccessRules {

    public static final int MAX_RULES = 10_000;

    private static final String EVERYBODY = "*";
    private static final String ROLE = "role:";
    private static final String USER = "user:";

    private record Rule(int line, String subject, Grant grant) {

        @Override
        public String toString() {
            return "line " + line + ": " + subject + " " + grant;
        }
    }

    private final Map<String, List<Rule>> bySubject = new HashMap<>();

    private AccessRules(List<Rule> rules) {
        rules.forEach(rule -> bySubject
                .computeIfAbsent(rule.subject(), none -> new ArrayList<>())
                .add(rule));
    }

    /**
     * Reads rules.
     *
     * @throws StrandlineException.Invalid if a line is none, with its number
     */
    public static AccessRules parse(String text) {
        List<Rule> rules = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            int comment = line.indexOf('#');
            String rule = (comment < 0 ? line : line.substring(0, comment)).trim();
            if (!rule.isEmpty()) {
                rules.add(rule(number, rule));
            }
        }
        Limits.require("number of rules", rules.size(), 0, MAX_RULES);
        return new AccessRules(rules);
    }

    private static Rule rule(int number, String rule) {
        // From the right: a name may have spaces, as that of a certificate.
        String[] words = rule.split("\\s+", -1);
        if (words.length < 3) {
            throw new StrandlineException.Invalid("line " + number + " has " + words.length
                    + " words, it must be WHO RIGHT RESOURCE, such as role:clerks READ stream:shop/*");
        }
        try {
            Grant grant = Grant.parse(words[words.length - 2] + " " + words[words.length - 1]);
            return new Rule(number, subject(rule.replaceFirst("\\s+\\S+\\s+\\S+$", "")), grant);
        } catch (StrandlineException.Invalid e) {
            throw new StrandlineException.Invalid("line " + number + ": " + e.getMessage());
        }
    }

    private static String subject(String text) {
        boolean isNamed = (text.startsWith(ROLE) && text.length() > ROLE.length())
                || (text.startsWith(USER) && text.length() > USER.length());
        if (!isNamed && !text.equals(EVERYBODY)) {
            throw new StrandlineException.Invalid(text + " is not role:NAME, user:NAME or *");
        }
        return text;
    }

    /** True if the caller has the right, or one that includes it, and its own limits permit it too. */
    public boolean may(Identity who, Right needed, Resource resource) {
        return isWithinLimits(who, needed, resource) && permitting(who, needed, resource) != null;
    }

    /** As {@link #may}, with the reason. */
    public Decision explain(Identity who, Right needed, Resource resource) {
        String question = who.name() + " needs " + needed + " on " + ResourcePattern.text(resource);
        Rule rule = permitting(who, needed, resource);
        if (rule == null) {
            return new Decision(
                    false,
                    question + ", and no rule permits it to " + USER + who.name() + ", its roles " + who.roles()
                            + " or *");
        }
        return isWithinLimits(who, needed, resource)
                ? new Decision(true, question + ", which is permitted by " + rule)
                : new Decision(
                        false,
                        question + ", which its token does not include: "
                                + who.limits().orElse(List.of()));
    }

    private static boolean isWithinLimits(Identity who, Right needed, Resource resource) {
        return who.limits()
                .map(limits -> limits.stream().anyMatch(limit -> limit.permits(needed, resource)))
                .orElse(true);
    }

    private @Nullable Rule permitting(Identity who, Right needed, Resource resource) {
        Rule found = permitting(EVERYBODY, needed, resource);
        if (found == null) {
            found = permitting(USER + who.name(), needed, resource);
        }
        for (String role : who.roles()) {
            if (found == null) {
                found = permitting(ROLE + role, needed, resource);
            }
        }
        return found;
    }

    private @Nullable Rule permitting(String subject, Right needed, Resource resource) {
        for (Rule rule : bySubject.getOrDefault(subject, List.of())) {
            if (rule.grant().permits(needed, resource)) {
                return rule;
            }
        }
        return null;
    }
}
