package io.strandline.log.impl.file;

import io.strandline.StrandlineException;
import io.strandline.log.spi.ShardLimits;
import io.strandline.spi.Logger;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What a log was created with, as JSON: {@code formatVersion} and {@code shards}. The file is in the data directory, and a
 * copy of it in the directory of each shard, so that the loss of the file is told from a log that was never created in
 * full. Every method blocks.
 *
 * <p>The file is written before its copies. So a copy proves that the log was created.
 */
public final class LogDescription {

    static final int FORMAT_VERSION = 1;
    public static final String NAME = "log.json";

    private static final Logger LOG = Logger.of(LogDescription.class);

    private LogDescription() {}

    /**
     * Reads the number of shards.
     *
     * @return null if there is neither the file nor a copy: the creation of the log did not come to its end
     * @throws StrandlineException.Corrupt if the file is missing beside a copy, differs from one, or is not readable
     * @throws StrandlineException.Invalid if the format version is a newer one
     */
    public static @Nullable Integer shards(Path directory) {
        Integer shards = read(directory.resolve(NAME));
        for (int shard = 0; shard < ShardLimits.MAX_SHARDS; shard++) {
            Path copy = directory.resolve(ShardDirectories.directory(shard)).resolve(NAME);
            Integer copied = read(copy);
            if (copied != null && shards == null) {
                throw new StrandlineException.Corrupt("data directory " + directory + " lacks " + NAME + ", and " + copy
                        + " says that the log was created with " + copied
                        + " shards; nothing was changed: restore " + NAME + " from a backup, or from that copy of it");
            }
            if (copied != null && !copied.equals(shards)) {
                throw new StrandlineException.Corrupt(directory.resolve(NAME) + " names " + shards + " shards, and "
                        + copy + " names " + copied + "; nothing was changed: restore them from a backup");
            }
        }
        return shards;
    }

    private static @Nullable Integer read(Path file) {
        try {
            if (!Files.exists(file)) {
                return null;
            }
            String text = Files.readString(file);
            Integer known = shardsIn(text);
            if (known != null) {
                return known;
            }
            JsonObject json = new JsonObject(text);
            int version = json.getInteger("formatVersion", -1);
            if (version != FORMAT_VERSION) {
                throw new StrandlineException.Invalid("data directory " + file.getParent() + " has format version "
                        + version + ", this release reads " + FORMAT_VERSION);
            }
            int shards = json.getInteger("shards", 0);
            if (shards < 1 || shards > ShardLimits.MAX_SHARDS) {
                throw new StrandlineException.Corrupt(file + " names " + shards + " shards");
            }
            return shards;
        } catch (DecodeException | ClassCastException e) {
            throw new StrandlineException.Corrupt(file + " is not readable: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StrandlineException.Unavailable(file + " cannot be read", e);
        }
    }

    /**
     * The number of shards if the text is one that {@link #text} gives, else null. Only a file that somebody changed by hand is
     * parsed: to load a JSON parser takes longer than to open a log.
     */
    private static @Nullable Integer shardsIn(String text) {
        for (int shards = 1; shards <= ShardLimits.MAX_SHARDS; shards++) {
            if (text.equals(text(shards))) {
                return shards;
            }
        }
        return null;
    }

    private static String text(int shards) {
        return "{\n  \"formatVersion\" : " + FORMAT_VERSION + ",\n  \"shards\" : " + shards + "\n}";
    }

    /** Writes the file and then its copies, durably. */
    public static void write(Path directory, int shards) {
        try {
            writeDurably(directory, shards);
        } catch (IOException e) {
            throw new StrandlineException.Unavailable("data directory " + directory + " cannot be written", e);
        }
        copy(directory, shards);
    }

    /**
     * Makes what an earlier process wrote durable, which may have been killed before it was, and writes the copies that are
     * missing: those of a log of an earlier release, or of one whose creation was cut off.
     */
    static void complete(Path directory, int shards) {
        try {
            force(directory);
        } catch (IOException e) {
            throw new StrandlineException.Unavailable("data directory " + directory + " cannot be forced", e);
        }
        copy(directory, shards);
    }

    private static void copy(Path directory, int shards) {
        for (int shard = 0; shard < shards; shard++) {
            Path home = directory.resolve(ShardDirectories.directory(shard));
            try {
                if (Files.exists(home.resolve(NAME))) {
                    force(home);
                } else if (Files.isDirectory(home)) {
                    writeDurably(home, shards);
                }
            } catch (IOException e) {
                // The log is complete without it. A full disk must not keep the log closed.
                LOG.warn("{} cannot be copied to {}; its loss would not be noticed there", NAME, home, e);
            }
        }
    }

    private static void writeDurably(Path directory, int shards) throws IOException {
        DurableFile.write(directory, NAME, text(shards).getBytes(StandardCharsets.UTF_8));
    }

    /** Makes the names in a directory durable. */
    public static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
