package io.strandline.testkit;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A {@link SimulatedDisk} for many threads, which does one thing at a time. After its power was cut, every operation fails with
 * an {@link IOException}, as a thread of a real process would not live to see.
 */
public final class SharedDisk implements Disk {

    private final ReentrantLock lock = new ReentrantLock();
    private final SimulatedDisk disk;

    public SharedDisk(SimulatedDisk disk) {
        this.disk = disk;
    }

    /** One operation of the disk below. */
    private interface Operation<T> {
        T run() throws IOException;
    }

    /** As {@link Operation}, without result. */
    private interface Action {
        void run() throws IOException;
    }

    /** Does something with the disk below while nobody else uses it. */
    public void with(Consumer<SimulatedDisk> use) {
        lock.lock();
        try {
            use.accept(disk);
        } finally {
            lock.unlock();
        }
    }

    /** Cuts the power, unless that happened already. Returns what is found when it comes back. */
    public SharedDisk crash() {
        lock.lock();
        try {
            return new SharedDisk(disk.crash());
        } finally {
            lock.unlock();
        }
    }

    public boolean crashed() {
        lock.lock();
        try {
            return disk.crashed();
        } finally {
            lock.unlock();
        }
    }

    private <T> T alone(Operation<T> operation) throws IOException {
        lock.lock();
        try {
            return operation.run();
        } catch (SimulatedCrash e) {
            throw new IOException(e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    private void alone(Action action) throws IOException {
        this.<Boolean>alone(() -> {
            action.run();
            return true;
        });
    }

    @Override
    public void createDirectories(String directory) throws IOException {
        alone(() -> disk.createDirectories(directory));
    }

    @Override
    public List<String> list(String directory) throws IOException {
        return alone(() -> disk.list(directory));
    }

    @Override
    public Map<String, Long> sizes(String directory) throws IOException {
        return alone(() -> disk.sizes(directory));
    }

    @Override
    public DiskFile open(String file) throws IOException {
        return alone(() -> new SharedFile(disk.open(file)));
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        return alone(() -> new SharedFile(disk.openToRead(file)));
    }

    @Override
    public DiskFile create(String file) throws IOException {
        return alone(() -> new SharedFile(disk.create(file)));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        alone(() -> disk.rename(from, to));
    }

    @Override
    public void delete(String file) throws IOException {
        alone(() -> disk.delete(file));
    }

    @Override
    public void deleteDirectory(String directory) throws IOException {
        alone(() -> disk.deleteDirectory(directory));
    }

    @Override
    public void forceDirectory(String directory) throws IOException {
        alone(() -> disk.forceDirectory(directory));
    }

    private final class SharedFile implements DiskFile {

        private final DiskFile file;

        SharedFile(DiskFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return alone(() -> file.read(into, position));
        }

        @Override
        public void write(ByteBuffer from, long position) throws IOException {
            alone(() -> file.write(from, position));
        }

        @Override
        public void force() throws IOException {
            alone(file::force);
        }

        @Override
        public long size() throws IOException {
            return alone(file::size);
        }

        @Override
        public void close() throws IOException {
            alone(file::close);
        }
    }
}
