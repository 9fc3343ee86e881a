package io.strandline.log;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A disk that tells a test of each operation before it is done; the test may then take its time, or fail it. */
final class HookedDisk implements Disk {

    /** What is about to be done. */
    enum Step {
        CREATE_DIRECTORIES,
        LIST,
        OPEN,
        CREATE,
        RENAME,
        DELETE,
        FORCE_DIRECTORY,
        READ,
        WRITE,
        FORCE
    }

    /** Hears of each operation, on the thread that is about to do it. */
    interface Hook {

        /**
         * Called before an operation.
         *
         * @param name file or directory; of a rename the new name
         * @param bytes how many a write is about to write, else 0
         */
        void before(Step step, String name, int bytes) throws IOException;
    }

    private final Disk disk;
    private final Hook hook;

    HookedDisk(Disk disk, Hook hook) {
        this.disk = disk;
        this.hook = hook;
    }

    @Override
    public void createDirectories(String directory) throws IOException {
        hook.before(Step.CREATE_DIRECTORIES, directory, 0);
        disk.createDirectories(directory);
    }

    @Override
    public List<String> list(String directory) throws IOException {
        hook.before(Step.LIST, directory, 0);
        return disk.list(directory);
    }

    @Override
    public DiskFile open(String file) throws IOException {
        hook.before(Step.OPEN, file, 0);
        return new HookedFile(file, disk.open(file));
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        hook.before(Step.OPEN, file, 0);
        return new HookedFile(file, disk.openToRead(file));
    }

    @Override
    public DiskFile create(String file) throws IOException {
        hook.before(Step.CREATE, file, 0);
        return new HookedFile(file, disk.create(file));
    }

    @Override
    public DiskFile createUncached(String file) throws IOException {
        hook.before(Step.CREATE, file, 0);
        return new HookedFile(file, disk.createUncached(file));
    }

    @Override
    public DiskFile openUncached(String file) throws IOException {
        hook.before(Step.OPEN, file, 0);
        return new HookedFile(file, disk.openUncached(file));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        hook.before(Step.RENAME, to, 0);
        disk.rename(from, to);
    }

    @Override
    public void delete(String file) throws IOException {
        hook.before(Step.DELETE, file, 0);
        disk.delete(file);
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        hook.before(Step.FORCE_DIRECTORY, directory, 0);
        disk.forceDirectory(directory);
    }

    private final class HookedFile implements DiskFile {

        private final String name;
        private final DiskFile file;

        HookedFile(String name, DiskFile file) {
            this.name = name;
            this.file = file;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            hook.before(Step.READ, name, 0);
            return file.read(into, position);
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            hook.before(Step.WRITE, name, from.remaining());
            file.write(from, position);
        }

        @Override
        public void force() throws IOException {
            hook.before(Step.FORCE, name, 0);
            file.force();
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
