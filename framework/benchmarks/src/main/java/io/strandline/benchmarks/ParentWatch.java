package io.strandline.benchmarks;

import java.io.IOException;

/** Ties a child JVM to its parent: the parent holds the other end of standard input as long as it lives. */
public final class ParentWatch {

    private ParentWatch() {}

    /** Exits this JVM, shutdown hooks included, when its parent ends the child's standard input or is gone. */
    public static void exitWithParent() {
        watch(() -> System.exit(0));
    }

    /** As {@link #exitWithParent}, without shutdown hooks: for a peer whose hooks may never end. */
    public static void haltWithParent() {
        watch(() -> Runtime.getRuntime().halt(0));
    }

    private static void watch(Runnable end) {
        Thread watch = new Thread(
                () -> {
                    awaitEndOfInput();
                    end.run();
                },
                "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // The parent sends nothing, only the end counts.
            }
        } catch (IOException broken) {
            // A broken pipe says the same as its end.
        }
    }
}
