package io.strandline.log.impl.file;

import io.strandline.StrandlineException;
import io.strandline.log.spi.Disk;
import io.strandline.spi.backup.LogIdentity;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The home of a log in memory: without a name known to one open log alone, with a name to the whole JVM. */
public final class MemoryHome implements LogHome {

    /** Named logs of a JVM that are not dropped. */
    public static final int MAX_NAMED_LOGS = 1_000;

    /** Part of the maximum heap that one log may fill. */
    private static final int HEAP_DIVISOR = 2;

    private static final Map<String, MemoryHome> NAMED = new ConcurrentHashMap<>();

    private final String address;
    private final Disk disk;
    private final LogIdentity identity = IdentityFile.random();
    private final AtomicBoolean isHeld = new AtomicBoolean();
    private volatile @Nullable Integer shards;

    private MemoryHome(String address, long capacityBytes) {
        this.address = address;
        this.disk = new MemoryDisk(capacityBytes);
    }

    private static long partOfHeap() {
        return Runtime.getRuntime().maxMemory() / HEAP_DIVISOR;
    }

    /** A new home, held by the caller. */
    public static MemoryHome unnamed() {
        return unnamed(partOfHeap());
    }

    /** As {@link #unnamed()}, with the given room for files in bytes. */
    public static MemoryHome unnamed(long capacityBytes) {
        return held(new MemoryHome("memory:", capacityBytes));
    }

    /**
     * The home of a name, held by the caller.
     *
     * @throws StrandlineException.Unavailable if somebody holds it
     * @throws StrandlineException.Overloaded if it would be one too many
     */
    public static MemoryHome named(String name) {
        MemoryHome known = NAMED.get(name);
        if (known == null && NAMED.size() >= MAX_NAMED_LOGS) {
            throw new StrandlineException.Overloaded("memory:" + name + " would be one log in memory more than the "
                    + MAX_NAMED_LOGS + " that a JVM keeps; drop those that are no longer needed");
        }
        return held(NAMED.computeIfAbsent(name, added -> new MemoryHome("memory:" + added, partOfHeap())));
    }

    private static MemoryHome held(MemoryHome home) {
        if (!home.isHeld.compareAndSet(false, true)) {
            throw new StrandlineException.Unavailable("log " + home.address + " is open in this JVM already");
        }
        return home;
    }

    /**
     * Forgets a name. Returns false if the name is not known. The caller that drops it holds it permanently, so nobody
     * opens a log that is being dropped.
     */
    public static boolean drop(String name) {
        MemoryHome known = NAMED.get(name);
        return known != null && NAMED.remove(name, held(known));
    }

    @Override
    public Disk disk() {
        return disk;
    }

    @Override
    public @Nullable Integer shards() {
        return shards;
    }

    @Override
    public LogIdentity identity() {
        return identity;
    }

    @Override
    public void describe(int count) {
        shards = count;
    }

    @Override
    public void close() {
        isHeld.set(false);
    }
}
