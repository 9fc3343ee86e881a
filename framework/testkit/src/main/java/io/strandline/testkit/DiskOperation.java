package io.strandline.testkit;

/** What can be asked of a {@link SimulatedDisk}, and so can fail or be the moment of a crash. */
public enum DiskOperation {
    CREATE_DIRECTORIES,
    LIST,
    OPEN,
    CREATE,
    RENAME,
    DELETE,
    FORCE_DIRECTORY,
    READ,
    WRITE,
    FORCE,
    SIZE,
    CLOSE
}
