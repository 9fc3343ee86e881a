package io.strandline.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that others read while a test changes them. */
public final class ReplacedFile {

    private ReplacedFile() {}

    /** Writes a file, or another one in its place. Who reads it finds the former text or all of this one, never a part. */
    public static Path write(Path file, String text) throws IOException {
        Path whole = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), text);
        return Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
