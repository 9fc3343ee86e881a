package io.strandline.log.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A file system of its own in an image, mounted until it is closed. Only a privileged user on Linux can have one. */
final class LoopMount {

    private static final long DEADLINE_SECONDS = 60;

    private final Path path;

    private LoopMount(Path path) {
        this.path = path;
    }

    /**
     * Mounts an empty ext4 of this size, or skips the test with the reason why it cannot.
     *
     * @param directory for the image and the place where it is mounted
     * @param blockBytes size of its blocks, its {@code f_frsize}
     */
    static LoopMount of(Path directory, long bytes, int blockBytes) throws IOException, InterruptedException {
        Path image = directory.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        assumeSucceeds("mkfs.ext4", "-q", "-F", "-m", "0", "-b", String.valueOf(blockBytes), image.toString());
        Path path = Files.createDirectory(directory.resolve("mounted"));
        assumeSucceeds("mount", "-o", "loop", image.toString(), path.toString());
        return new LoopMount(path);
    }

    Path path() {
        return path;
    }

    /** Whatever failed before, the mount must not outlive the test. */
    void close() throws IOException, InterruptedException {
        String failure = run("umount", path.toString());
        if (!failure.isEmpty()) {
            String again = run("umount", "--lazy", path.toString());
            throw new AssertionError("umount failed: " + failure + ", lazily: " + again);
        }
    }

    private static void assumeSucceeds(String... command) throws IOException, InterruptedException {
        String failure;
        try {
            failure = run(command);
        } catch (IOException e) {
            failure = String.valueOf(e.getMessage());
        }
        assumeTrue(failure.isEmpty(), "needs a file system of its own: " + failure);
    }

    /** Runs a command. Returns an empty text, or how it failed. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        try {
            int status =
                    process.onExit().get(DEADLINE_SECONDS, TimeUnit.SECONDS).exitValue();
            return status == 0 ? "" : List.of(command) + " ended with " + status + ": " + printed;
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            return List.of(command) + " did not end within " + DEADLINE_SECONDS + " s";
        }
    }
}
