package io.strandline.testkit;

import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A {@link SimulatedDisk} for many threads, which does one thing at a time. After its power was cut, every operation fails with
 * an {@link IOException}, as a thread of a real process would not live to see.
 */
public final class SharedDisk implements Disk {

    private final ReentrantLock lock = new ReentrantLock();
    private final SimulatedDisk disk;
    private final Promise<Void> powerCut = Promise.promise();
    private final CountDownLatch released = new CountDownLatch(1);
    private final Set<String> stalled = ConcurrentHashMap.newKeySet();
    private final Set<String> unforced = new CopyOnWriteArraySet<>();
    private final Set<String> unforcedNames = new CopyOnWriteArraySet<>();

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

    /** As {@link SimulatedDisk#damage}. */
    public void damage(String file, long position, int bits) throws IOException {
        alone(() -> disk.damage(file, position, bits));
    }

    /** Lets forces of the files in a directory and below it wait until the power is cut. */
    public void stall(String directory) {
        stalled.add(directory);
    }

    /** Breaks the disk for good: forcing files in a directory and below it does nothing, and says that it did. */
    public void ignoreForces(String directory) {
        unforced.add(directory);
    }

    /** Breaks the disk for good: forcing a directory and those below it does nothing, and says that it did. */
    public void ignoreDirectoryForces(String directory) {
        unforcedNames.add(directory);
    }

    private static boolean isBelow(String name, Set<String> directories) {
        return directories.stream().anyMatch(directory -> name.startsWith(directory + "/"));
    }

    /** Cuts the power, unless that happened already. Returns what is found when it comes back. */
    public SharedDisk crash() {
        lock.lock();
        try {
            SharedDisk next = new SharedDisk(disk.crash());
            next.unforced.addAll(unforced);
            next.unforcedNames.addAll(unforcedNames);
            return next;
        } finally {
            lock.unlock();
            noticeCrash();
        }
    }

    /** Completes when an operation has met the power cut. */
    public Future<Void> powerCut() {
        return powerCut.future();
    }

    private void noticeCrash() {
        released.countDown();
        powerCut.tryComplete();
    }

    private <T> T alone(Operation<T> operation) throws IOException {
        lock.lock();
        try {
            return operation.run();
        } catch (SimulatedCrash e) {
            noticeCrash();
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

    private void force(String name, DiskFile file) throws IOException {
        if (isBelow(name, stalled)) {
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
        if (!isBelow(name, unforced)) {
            alone(file::force);
        }
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
    public List<String> directories(String directory) throws IOException {
        return alone(() -> disk.directories(directory));
    }

    @Override
    public Map<String, Long> sizes(String directory) throws IOException {
        return alone(() -> disk.sizes(directory));
    }

    @Override
    public DiskFile open(String file) throws IOException {
        return alone(() -> new SharedFile(file, disk.open(file)));
    }

    @Override
    public DiskFile openToRead(String file) throws IOException {
        return alone(() -> new SharedFile(file, disk.openToRead(file)));
    }

    @Override
    public DiskFile create(String file) throws IOException {
        return alone(() -> new SharedFile(file, disk.create(file)));
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
        if (!isBelow(directory, unforcedNames)) {
            alone(() -> disk.forceDirectory(directory));
        }
    }

    private final class SharedFile implements DiskFile {

        private final String name;
        private final DiskFile file;

        SharedFile(String name, DiskFile file) {
            this.name = name;
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
            SharedDisk.this.force(name, file);
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
