package io.strandline.log.spi;

import java.util.EnumSet;
import java.util.Set;

/**
 * The checks that a log makes. Tests switch one off to prove that its loss would be noticed. Nothing else may do so.
 *
 * @param kept the checks that are on
 */
public record Safeguards(Set<Safeguard> kept) {

    /** All of them, as every application has it. */
    public static final Safeguards ALL = new Safeguards(EnumSet.allOf(Safeguard.class));

    public Safeguards {
        kept = Set.copyOf(kept);
    }

    public boolean has(Safeguard check) {
        return kept.contains(check);
    }

    public Safeguards without(Safeguard check) {
        EnumSet<Safeguard> others = EnumSet.allOf(Safeguard.class);
        others.retainAll(kept);
        others.remove(check);
        return new Safeguards(others);
    }
}
