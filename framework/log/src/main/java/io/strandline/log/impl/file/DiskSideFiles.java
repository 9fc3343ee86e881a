package io.strandline.log.impl.file;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.SideFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Files of others in a directory of a log's disk. They share its room and its faults. */
public final class DiskSideFiles implements SideFiles {

    private final Disk disk;
    private final String directory;
    private final String place;

    /**
     * Creates nothing yet.
     *
     * @param directory relative to the data directory
     * @param place what messages call it
     */
    public DiskSideFiles(Disk disk, String directory, String place) {
        this.disk = disk;
        this.directory = directory;
        this.place = place;
    }

    private String path(String name) {
        return directory + "/" + name;
    }

    @Override
    public void create() throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public Output write(String name) throws IOException {
        disk.delete(path(name));
        DiskFile file = disk.create(path(name));
        return new Output() {
            private long position;

            @Override
            public void write(ByteBuffer bytes) throws IOException {
                int length = bytes.remaining();
                file.write(bytes, position);
                position += length;
            }

            @Override
            public void force() throws IOException {
                file.force();
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public Input read(String name) throws IOException {
        DiskFile file = disk.openToRead(path(name));
        return new Input() {
            @Override
            public long size() throws IOException {
                return file.size();
            }

            @Override
            public int read(ByteBuffer into, long position) throws IOException {
                return file.read(into, position);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public void forceNames() throws IOException {
        disk.forceDirectory(directory);
    }

    @Override
    public List<String> names() throws IOException {
        return disk.list(directory);
    }

    @Override
    public void delete(String name) throws IOException {
        disk.delete(path(name));
    }

    @Override
    public void remove() throws IOException {
        disk.deleteDirectory(directory);
    }

    @Override
    public String toString() {
        return place;
    }
}
