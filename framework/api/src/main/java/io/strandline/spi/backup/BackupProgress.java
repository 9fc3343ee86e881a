package io.strandline.spi.backup;

/** Hears how far a backup, a restore or a check is. Called on the thread that does the work, up to a few thousand times. */
public interface BackupProgress {

    /** Hears nothing. */
    BackupProgress NONE = (step, doneBytes, totalBytes) -> {};

    /**
     * How far a backup is, at one moment.
     *
     * @param isRunning false if no backup is under way. Everything else is empty then
     * @param step what is being done, a few words
     * @param doneBytes bytes of this step that are done
     * @param totalBytes bytes of this step as far as they are known, at least {@code doneBytes}
     */
    record State(boolean isRunning, String step, long doneBytes, long totalBytes) {

        /** No backup is under way. */
        public static final State NONE = new State(false, "", 0, 0);
    }

    /**
     * A part of the work was done.
     *
     * @param step what is being done, a few words
     * @param doneBytes bytes of this step that are done
     * @param totalBytes bytes of this step as far as they are known, at least {@code doneBytes}
     */
    void progress(String step, long doneBytes, long totalBytes);
}
