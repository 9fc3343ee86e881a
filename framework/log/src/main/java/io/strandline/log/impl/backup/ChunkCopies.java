package io.strandline.log.impl.backup;

import io.strandline.StrandlineException;
import io.strandline.log.impl.chunk.ChunkId;
import io.strandline.log.impl.chunk.ChunkVerifier;
import io.strandline.log.impl.chunk.FileChunkStorage;
import io.strandline.log.impl.file.ShardDirectories;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies of the chunks of a log in a directory of backups. A chunk that is there is not copied again, so a backup that was
 * killed goes on where it was, and the next point costs what has changed. Every new copy is read and checked as
 * {@code LogVerifier} does. Used by one thread. Every method blocks.
 */
final class ChunkCopies {

    /** The end of a chunk, with a checksum that covers the checksums of all its sections. */
    private static final int TRAILER_BYTES = 20;

    private final Disk source;
    private final BackupDirectory target;
    private final Copying copying;

    /** What is known of copies, by the names of files. */
    private final Map<String, Content> known = new HashMap<>();

    private long copiedBytes;

    ChunkCopies(Disk source, BackupDirectory target, Copying copying) throws IOException {
        this.source = source;
        this.target = target;
        this.copying = copying;
        Manifest newest = BackupDirectory.newest(target.root());
        if (newest != null) {
            known.putAll(newest.files());
        }
    }

    long copiedBytes() {
        return copiedBytes;
    }

    /**
     * Copies chunks of a shard before the point begins. One that the log deletes meanwhile is left out.
     *
     * @return bytes that were copied
     */
    long copyAhead(int shard, Collection<String> names) throws IOException {
        Map<String, Content> some = new HashMap<>();
        long before = copiedBytes;
        copying.begin("chunks of shard " + shard, missingBytes(shard, names));
        for (String name : names) {
            try {
                copy(shard, name, some);
            } catch (NoSuchFileException gone) {
                // It was merged or truncated. The point will name others.
                target.disk().delete(path(shard, name) + BackupDirectory.UNFINISHED);
            }
        }
        return copiedBytes - before;
    }

    private long missingBytes(int shard, Collection<String> names) throws IOException {
        Map<String, Long> sizes = source.sizes(ShardDirectories.chunks(shard));
        List<String> there = target.disk().list(ShardDirectories.chunks(shard));
        return names.stream()
                .filter(name -> !there.contains(name))
                .mapToLong(name -> sizes.getOrDefault(name, 0L))
                .sum();
    }

    /**
     * Copies chunks of a shard.
     *
     * @param into gets what they hold
     */
    void copy(int shard, Collection<String> names, Map<String, Content> into) throws IOException {
        copying.begin("last chunks of shard " + shard, missingBytes(shard, names));
        for (String name : names) {
            copy(shard, name, into);
        }
        target.disk().forceDirectory(target.chunks(shard));
    }

    private static String path(int shard, String name) {
        return ShardDirectories.chunks(shard) + "/" + name;
    }

    private void copy(int shard, String name, Map<String, Content> into) throws IOException {
        String path = path(shard, name);
        copying.requireGoing();
        Content content = target.disk().list(target.chunks(shard)).contains(name) ? ofCopy(shard, name) : null;
        if (content == null) {
            content = copying.copy(source, path, target.disk(), path);
            copiedBytes += content.bytes();
            String damage = damage(shard, name);
            if (damage != null) {
                target.disk().delete(path);
                throw new StrandlineException.Corrupt("chunk " + path + " cannot be backed up: " + damage);
            }
        }
        known.put(path, content);
        into.put(path, content);
    }

    /** What the copy holds that is there, or null if it is damaged. */
    private @Nullable Content ofCopy(int shard, String name) throws IOException {
        String path = path(shard, name);
        requireSame(path);
        Content content = known.get(path);
        if (content != null) {
            return content;
        }
        // It was copied for a point that was not finished.
        if (damage(shard, name) != null) {
            target.disk().delete(path);
            return null;
        }
        return copying.read(target.disk(), path);
    }

    /** Two logs may give a name each. They must not share a directory of backups. */
    private void requireSame(String path) throws IOException {
        if (!Arrays.equals(trailer(source, path), trailer(target.disk(), path))) {
            throw new StrandlineException.Invalid(
                    path + " in the backups of \"" + target.root()
                            + "\" is not that of this log: use another directory for each log, and for a log that was restored");
        }
    }

    private static byte[] trailer(Disk disk, String path) throws IOException {
        try (DiskFile file = disk.openToRead(path)) {
            long size = file.size();
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(TRAILER_BYTES, size) + Long.BYTES);
            bytes.putLong(size);
            file.read(bytes, size - Math.min(TRAILER_BYTES, size));
            return bytes.array();
        }
    }

    /** What is wrong with a copy, or null. A chunk that needs a library which is missing here is not checked. */
    private @Nullable String damage(int shard, String name) {
        ChunkId id = ChunkId.parse(name);
        if (id == null) {
            return "it is no chunk";
        }
        FileChunkStorage storage = new FileChunkStorage(
                target.disk(), ShardDirectories.chunks(shard), Runnable::run, Runnable::run, Runnable::run);
        Future<?> verified = ChunkVerifier.verify(storage, id);
        storage.close();
        return verified.succeeded() || verified.cause() instanceof StrandlineException.Invalid
                ? null
                : String.valueOf(verified.cause().getMessage());
    }
}
