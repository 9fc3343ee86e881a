package io.strandline.testkit;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file of a {@link SimulatedDisk}: what a reader sees, what is durable, and for each page every version
 * in between. Arrays of pages are never changed once they are in use, so that images can share them.
 */
final class SimulatedFile {

    static final int PAGE_BYTES = 4096;
    static final int SECTOR_BYTES = 512;

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    /** A page that was never written is null: zeros, and no room taken. */
    private @Nullable Page[] pages = new Page[16];

    private final List<Page> unforcedPages = new ArrayList<>();
    private long size;
    private long durableSize;
    /** Sizes since the last force, the present one last. */
    private final List<Long> unforcedSizes = new ArrayList<>();

    private int allocatedPages;
    private boolean forceFailed;

    long size() {
        return size;
    }

    long allocatedBytes() {
        return (long) allocatedPages * PAGE_BYTES;
    }

    int read(ByteBuffer into, long position) {
        int length = (int) Math.min(into.remaining(), Math.max(0, size - position));
        long at = position;
        int left = length;
        while (left > 0) {
            int inPage = (int) (at % PAGE_BYTES);
            int part = Math.min(left, PAGE_BYTES - inPage);
            Page page = pageAt(at);
            into.put(page == null ? ZEROS : page.cached, inPage, part);
            at += part;
            left -= part;
        }
        return length;
    }

    /**
     * Writes the remaining bytes of the buffer until {@code room} runs out for pages that are not yet there.
     *
     * @return false if it ran out
     */
    boolean write(ByteBuffer from, long position, long room) {
        long at = position;
        long roomLeft = room;
        while (from.hasRemaining()) {
            int inPage = (int) (at % PAGE_BYTES);
            int part = Math.min(from.remaining(), PAGE_BYTES - inPage);
            Page page = pageAt(at);
            if (page == null) {
                if (roomLeft < PAGE_BYTES) {
                    return false;
                }
                roomLeft -= PAGE_BYTES;
                page = allocate((int) (at / PAGE_BYTES));
            }
            if (page.unforced.isEmpty()) {
                unforcedPages.add(page);
            }
            page.add(version(page.cached, from, inPage, part));
            at += part;
            if (at > size) {
                size = at;
                unforcedSizes.add(at);
            }
        }
        return true;
    }

    private static byte[] version(byte[] before, ByteBuffer from, int inPage, int length) {
        byte[] version = length == PAGE_BYTES ? new byte[PAGE_BYTES] : before.clone();
        from.get(version, inPage, length);
        return length == PAGE_BYTES && Arrays.equals(version, ZEROS) ? ZEROS : version;
    }

    private @Nullable Page pageAt(long position) {
        int index = (int) (position / PAGE_BYTES);
        return index < pages.length ? pages[index] : null;
    }

    private Page allocate(int index) {
        if (index >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(index + 1, pages.length * 2));
        }
        Page page = new Page(ZEROS);
        pages[index] = page;
        allocatedPages++;
        return page;
    }

    void force() {
        for (Page page : unforcedPages) {
            page.durable = page.cached;
            page.unforced.clear();
        }
        unforcedPages.clear();
        durableSize = size;
        unforcedSizes.clear();
    }

    /**
     * A force that fails, as Linux does it: each unforced page may have reached the disk or not, and counts as clean
     * either way. Until it is written again the next force does not touch it, and the cache may forget it at any time.
     */
    void failForce(SplittableRandom random) {
        forceFailed = true;
        for (Page page : unforcedPages) {
            page.durable = page.survivor(random, random.nextDouble(), 0.1);
            page.unforced.clear();
        }
        unforcedPages.clear();
        if (random.nextBoolean()) {
            durableSize = size;
            unforcedSizes.clear();
        }
    }

    /** Lets the cache drop some pages that it considers clean. Visible only after a failed force. */
    void evict(SplittableRandom random) {
        if (!forceFailed) {
            return;
        }
        for (Page page : pages) {
            if (page != null && page.unforced.isEmpty() && page.cached != page.durable && random.nextBoolean()) {
                page.cached = page.durable;
            }
        }
    }

    /** Turns bits in what is stored, cached or not. */
    void damage(long position, int bits) {
        Page page = pageAt(position);
        if (page == null) {
            page = allocate((int) (position / PAGE_BYTES));
        }
        byte[] damaged = page.cached.clone();
        damaged[(int) (position % PAGE_BYTES)] ^= (byte) bits;
        page.cached = damaged;
        page.durable = damaged;
        page.unforced.clear();
        unforcedPages.remove(page);
    }

    /** One of the states in which a power cut may leave this file. */
    SimulatedFile survivor(SplittableRandom random, Survival survival) {
        SimulatedFile survivor = new SimulatedFile();
        survivor.size = survivingSize(random, survival);
        survivor.durableSize = survivor.size;
        int count = (int) Math.min(pages.length, (survivor.size + PAGE_BYTES - 1) / PAGE_BYTES);
        survivor.pages = new Page[Math.max(16, count)];
        int cut = unforcedPages.isEmpty() ? 0 : random.nextInt(unforcedPages.size() + 1);
        int unforcedSeen = 0;
        for (int i = 0; i < count; i++) {
            Page page = pages[i];
            if (page == null) {
                continue;
            }
            byte[] image = page.durable;
            if (!page.unforced.isEmpty()) {
                image = page.survivor(random, survival.keepChance(unforcedSeen++ < cut, random), survival.tearChance());
            }
            survivor.pages[i] = new Page(upTo(image, survivor.size - (long) i * PAGE_BYTES));
            survivor.allocatedPages++;
        }
        return survivor;
    }

    private long survivingSize(SplittableRandom random, Survival survival) {
        if (unforcedSizes.isEmpty()) {
            return durableSize;
        }
        double choice = random.nextDouble();
        double keep = survival.keepChance(true, random);
        if (choice < keep) {
            return size;
        }
        return choice < keep + (1 - keep) / 2 ? durableSize : unforcedSizes.get(random.nextInt(unforcedSizes.size()));
    }

    /** Bytes after the end of the file are zeros when it grows again. */
    private static byte[] upTo(byte[] image, long length) {
        if (length >= PAGE_BYTES || image == ZEROS) {
            return image;
        }
        byte[] cut = image.clone();
        Arrays.fill(cut, (int) length, PAGE_BYTES, (byte) 0);
        return cut;
    }

    /** How a power cut treats the unforced pages of one file. */
    enum Survival {
        NONE,
        ALL,
        /** The pages of lower positions stay. */
        FIRST,
        /** The pages of higher positions stay: what a log that trusts its first bad page takes for its end. */
        LAST,
        ANY,
        TORN;

        double keepChance(boolean beforeCut, SplittableRandom random) {
            return switch (this) {
                case NONE -> 0;
                case ALL -> 1;
                case FIRST -> beforeCut ? 1 : 0;
                case LAST -> beforeCut ? 0 : 1;
                case ANY, TORN -> random.nextDouble();
            };
        }

        double tearChance() {
            return switch (this) {
                case NONE, ALL -> 0;
                case FIRST, LAST, ANY -> 0.1;
                case TORN -> 0.8;
            };
        }
    }

    private static final class Page {

        private byte[] cached;
        private byte[] durable;
        /** Versions since the last force, the cached one last. */
        private final List<byte[]> unforced = new ArrayList<>(1);

        Page(byte[] image) {
            cached = image;
            durable = image;
        }

        void add(byte[] version) {
            unforced.add(version);
            cached = version;
        }

        byte[] survivor(SplittableRandom random, double keepChance, double tearChance) {
            if (random.nextDouble() < tearChance) {
                return torn(random);
            }
            if (random.nextDouble() < keepChance) {
                return cached;
            }
            return random.nextInt(4) == 0 ? version(random.nextInt(unforced.size() + 1)) : durable;
        }

        /** A mixture by sector, of two versions or of all. */
        private byte[] torn(SplittableRandom random) {
            int from = random.nextBoolean() ? 0 : random.nextInt(unforced.size());
            int to = random.nextBoolean() ? from + 1 : unforced.size();
            byte[] torn = new byte[PAGE_BYTES];
            for (int at = 0; at < PAGE_BYTES; at += SECTOR_BYTES) {
                System.arraycopy(version(random.nextInt(from, to + 1)), at, torn, at, SECTOR_BYTES);
            }
            return torn;
        }

        /** The durable version is number 0. */
        private byte[] version(int number) {
            return number == 0 ? durable : unforced.get(number - 1);
        }
    }
}
