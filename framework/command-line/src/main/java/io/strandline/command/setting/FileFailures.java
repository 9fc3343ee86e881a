package io.strandline.command.setting;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Why a file cannot be read or written, for people. */
public final class FileFailures {

    private FileFailures() {}

    /** The reason, without the name of the file and of a class. */
    public static String reason(Exception failure) {
        if (failure instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (failure instanceof AccessDeniedException) {
            return "access is denied";
        }
        return String.valueOf(failure.getMessage());
    }

    /** As {@link #reason}, of a file that is written. */
    static String reasonOfWrite(IOException failure) {
        return failure instanceof NoSuchFileException ? "there is no such directory" : reason(failure);
    }
}
