package io.strandline.impl;

import io.strandline.Strandline;

/** The writers and readers that are open on a log of a test. */
public final class OpenEntries {

    private OpenEntries() {}

    public static int of(Strandline log) {
        return ((PortStrandline) log).openCount();
    }
}
