package io.strandline.testkit;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.spi.watch.DiskRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** A disk that calls a test before and after each operation. The test may then take its time, or fail the operation. */
public final class HookedDisk implements Disk {

    /** What is done. */
    public enum Step {
        CREATE_DIRECTORIES,
        LIST,
        OPEN,
        OPEN_TO_READ,
        /** Also uncached, as {@link #OPEN}. */
        CREATE,
        RENAME,
        DELETE,
        FORCE_DIRECTORY,
        READ,
        WRITE,
        FORCE,
        CLOSE
    }

    /**
     * Called for each operation, on the thread that does it. An exception from the hook is thrown in the operation's
     * place.
     */
    public interface Hook {

        /**
         * Called before an operation.
         *
         * @param name file or directory. For a rename, the new name
         * @param bytes how many bytes a write is about to write, else 0
         */
        void before(Step step, String name, int bytes) throws IOException;

        /** Called when an operation has succeeded. */
        default void after(Step step, String name) throws IOException {}
    }

    /** One operation of the disk below. */
    private interface Operation<T> {
        T run() throws IOException;
    }

    /** As {@link Operation}, without result. */
    private interface Action {
        void run() throws IOException;
    }

    private final Disk disk;
    private final Hook hook;

    public HookedDisk(Disk disk, Hook hook) {
        this.disk = disk;
        this.hook = hook;
    }

    private <T> T hooked(Step step, String name, Operation<T> operation) throws IOException {
        hook.before(step, name, 0);
        T result = operation.run();
        hook.after(step, name);
        return result;
    }

    private void hooked(Step step, String name, int bytes, Action action) throws IOException {
        hook.before(step, name, bytes);
        action.run();
        hook.after(step, name);
    }

    @Override
    public void createDirectories(String directory) throws IOException {
        hooked(Step.CREATE_DIRECTORIES, directory, 0, () -> disk.createDirectories(directory));
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return hooked(Step.LIST, directory, () -> disk.list(directory));
    }

    @Override
    public List<String> directories(String directory) throws IOException {
        return hooked(Step.LIST, directory, () -> disk.directories(directory));
    }

    @Override
    public Map<String, Long> sizes(String directory) throws IOException {
        return hooked(Step.LIST, directory, () -> disk.sizes(directory));
    }

    @Override
    public DiskFile open(String file) throws IOException {
        return hooked(Step.OPEN, file, () -> new HookedFile(file, disk.open(file)));
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        return hooked(Step.OPEN_TO_READ, file, () -> new HookedFile(file, disk.openToRead(file)));
    }

    @Override
    public DiskFile create(String file) throws IOException {
        return hooked(Step.CREATE, file, () -> new HookedFile(file, disk.create(file)));
    }

    @Override
    public DiskFile createUncached(String file) throws IOException {
        return hooked(Step.CREATE, file, () -> new HookedFile(file, disk.createUncached(file)));
    }

    @Override
    public DiskFile openUncached(String file) throws IOException {
        return hooked(Step.OPEN, file, () -> new HookedFile(file, disk.openUncached(file)));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        hooked(Step.RENAME, to, 0, () -> disk.rename(from, to));
    }

    @Override
    public void delete(String file) throws IOException {
        hooked(Step.DELETE, file, 0, () -> disk.delete(file));
    }

    @Override
    public void deleteDirectory(String directory) throws IOException {
        hooked(Step.DELETE, directory, 0, () -> disk.deleteDirectory(directory));
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        hooked(Step.FORCE_DIRECTORY, directory, 0, () -> disk.forceDirectory(directory));
    }

    @Override
    public DiskRoom room() throws IOException {
        return disk.room();
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
            return hooked(Step.READ, name, () -> file.read(into, position));
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            hooked(Step.WRITE, name, from.remaining(), () -> file.write(from, position));
        }

        @Override
        public void force() throws IOException {
            hooked(Step.FORCE, name, 0, file::force);
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        /** Always closes, so that a failing disk leaks no descriptor. Then the hook may throw. */
        @Override
        public void close() throws IOException {
            file.close();
            hook.after(Step.CLOSE, name);
        }
    }
}
