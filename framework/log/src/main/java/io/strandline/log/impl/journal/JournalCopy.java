package io.strandline.log.impl.journal;

import io.strandline.StrandlineException;
import io.strandline.log.impl.journal.JournalDirectory.Entry;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Copies the journal of a shard up to a frame. The copy is a journal that was closed after that frame: its files are those of
 * the journal, byte for byte, each up to its last frame that counts. Every method blocks.
 */
public final class JournalCopy {

    private static final int PIECE_BYTES = 256 << 10;

    private final Disk from;
    private final String directory;
    private final int shard;
    private final Disk to;
    private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);

    /** @param directory of the journal, the same on both disks */
    public JournalCopy(Disk from, String directory, int shard, Disk to) {
        this.from = from;
        this.directory = directory;
        this.shard = shard;
        this.to = to;
    }

    private record Source(Entry entry, FileHeader header) {}

    /**
     * Copies the files. The log may go on to append after that frame meanwhile, and must not release files.
     *
     * @param upToFrame the last frame of the copy, which is forced
     * @return names of the files that were written
     * @throws StrandlineException.Corrupt if a frame is damaged
     */
    public List<String> copy(long upToFrame) throws IOException {
        List<Source> sources = sources(upToFrame);
        if (sources.isEmpty()) {
            throw new StrandlineException.Corrupt(
                    "shard " + shard + " has no journal file with frames up to " + upToFrame + " in " + directory);
        }
        to.createDirectories(directory);
        List<String> written = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            boolean isNewest = i + 1 == sources.size();
            long last = isNewest ? upToFrame : sources.get(i + 1).header().firstFrame() - 1;
            copy(sources.get(i), last);
            written.add(sources.get(i).entry().name());
        }
        to.forceDirectory(directory);
        FileHeader newest = sources.get(sources.size() - 1).header();
        JournalEnd end = JournalEnd.read(to, directory, shard);
        end.create();
        end.entered(newest);
        end.closed(newest, upToFrame, null);
        written.add(end.name());
        return written;
    }

    private List<Source> sources(long upToFrame) throws IOException {
        List<Source> sources = new ArrayList<>();
        for (Entry entry : JournalDirectory.list(from, directory)) {
            FileHeader header;
            try (DiskFile file = from.openToRead(entry.name())) {
                header = JournalScan.header(file, entry.name());
            }
            if (header == null || header.sequence() != entry.sequence() || header.shard() != shard) {
                throw new StrandlineException.Corrupt(
                        "journal file " + entry.name() + " has a damaged or foreign header");
            }
            if (header.firstFrame() > upToFrame) {
                break;
            }
            if (!sources.isEmpty() && sources.get(sources.size() - 1).header().sequence() + 1 != header.sequence()) {
                // Files before a gap were being removed.
                sources.clear();
            }
            sources.add(new Source(entry, header));
        }
        return sources;
    }

    private void copy(Source source, long lastFrame) throws IOException {
        String name = source.entry().name();
        try (DiskFile file = from.openToRead(name)) {
            JournalScan scan = new JournalScan(
                    file, JournalFormat.saltBytes(source.header().salt()));
            for (long number = source.header().firstFrame(); number <= lastFrame; number++) {
                if (!scan.next(number)) {
                    throw new StrandlineException.Corrupt("journal file " + name + " is damaged at position "
                            + scan.position() + ", frame " + number);
                }
            }
            long end = JournalFormat.align(scan.position(), JournalFormat.PAGE_BYTES);
            try (DiskFile copy = to.create(name)) {
                copy(file, Math.min(end, file.size()), copy);
                copy.force();
            }
        }
    }

    private void copy(DiskFile file, long bytes, DiskFile copy) throws IOException {
        for (long position = 0; position < bytes; position += piece.limit()) {
            piece.clear().limit((int) Math.min(PIECE_BYTES, bytes - position));
            if (file.read(piece, position) < piece.limit()) {
                throw new IOException("journal of shard " + shard + " ends before position " + bytes);
            }
            piece.flip();
            copy.write(piece.duplicate(), position);
        }
    }
}
