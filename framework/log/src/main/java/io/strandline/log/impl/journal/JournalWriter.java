package io.strandline.log.impl.journal;

import io.strandline.StrandlineException;
import io.strandline.log.impl.journal.JournalFormat.FileHeader;
import io.strandline.log.spi.Disk;
import io.strandline.log.spi.DiskFile;
import io.strandline.log.spi.FrameBody;
import io.strandline.log.spi.FrameKind;
import io.strandline.spi.Logger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The blocking half of a journal: takes all frames that are queued, writes them as one group, forces the file once, and
 * says how far it came. A group of lazy frames alone is written, and forced with a later one or when it is asked for.
 * Runs on the journal executor, one task at a time.
 */
final class JournalWriter {

    private static final int FIRST_BUFFER_BYTES = 1 << 20;
    private static final Logger LOG = Logger.of(JournalWriter.class);

    private final JournalDirectory directory;
    private final Executor executor;
    private final Progress progress;
    private final int groupBytes;
    private final LongSupplier nanos;

    private final Queue<QueuedFrame> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger wake = new AtomicInteger();
    private ByteBuffer buffer;

    private DiskFile file;
    private FileHeader header;
    private FrameEncoder encoder;
    private long fileBytes;
    private long position;
    /** Newest frame that was handed to the operating system, and bytes of bodies up to it since the last force. */
    private long written;

    private long writtenBytes;
    /** Room that groups have taken since the last force, padding included. */
    private long writtenRoom;

    private long writtenAsked;

    private long forced;
    /** Frames up to this one are to be forced as soon as they are written. */
    private final AtomicLong wanted = new AtomicLong();

    private volatile boolean stopped;
    /** The frame with which a checkpoint begins that closes the journal, and where it was written. */
    private volatile long checkpointFrame;

    private long checkpointSequence;
    private long checkpointPosition;

    /** What it failed by, while nobody heard of it. */
    private @Nullable Throwable unreported;

    private boolean waitsForSpare;
    private boolean announcedHalfFull;

    JournalWriter(
            JournalDirectory directory,
            Executor executor,
            Progress progress,
            int groupBytes,
            LongSupplier nanos,
            Start start) {
        this.directory = directory;
        this.nanos = nanos;
        this.executor = executor;
        this.progress = progress;
        this.groupBytes = groupBytes;
        this.buffer = newBuffer(Math.min(FIRST_BUFFER_BYTES, groupBytes));
        this.file = start.file();
        this.header = start.header();
        this.encoder = encoderOf(start.header());
        this.fileBytes = start.fileBytes();
        this.position = start.position();
        this.forced = start.forced();
        this.written = start.forced();
    }

    /**
     * Where writing begins.
     *
     * @param file the file to write into, already part of the journal
     * @param header its header
     * @param fileBytes its size
     * @param position first free page
     * @param forced number of the newest frame, which is forced
     */
    record Start(DiskFile file, FileHeader header, long fileBytes, long position, long forced) {}

    /**
     * A frame on its way. Numbers are dense in the queue.
     *
     * @param isLazy true if it asks for no force of its own
     */
    record QueuedFrame(long number, FrameKind kind, FrameBody body, boolean isLazy) {

        /** Most bytes of a file that the frame takes: those of a group of its own. */
        long room() {
            return roomOf(body.length());
        }
    }

    /** Most bytes of a file that a frame takes. */
    static long roomOf(int bodyBytes) {
        return JournalFormat.align((long) JournalFormat.frameBytes(bodyBytes), JournalFormat.PAGE_BYTES);
    }

    /**
     * What a force made durable.
     *
     * @param upToFrame frames up to this one
     * @param bytes bytes of their bodies
     * @param asked the room that they had asked for one by one
     * @param used the room that they took as groups
     * @param rest room that is left in the file
     * @param nanos how long it took
     */
    record Forced(long upToFrame, long bytes, long asked, long used, long rest, long nanos) {}

    /** Hears what the writer did, on the journal executor. */
    interface Progress {

        /** Frames are durable. The figures cover the frames since the last call. */
        void forced(Forced forced);

        /** Frames up to this number were written, and wait for a force. */
        void written(long upToFrame);

        void failed(Throwable cause);

        /**
         * The current file is full and no spare of so many bytes is ready. {@link #resume} continues when there is one.
         */
        void needsSpare(long bytes);

        /** The current file is half full: the next one should be ready soon. */
        void halfFull();

        /** A file was finished and another one begun, whose first frame has this number. */
        void rotated(long sequence, long firstFrame, JournalDirectory.Spare file);
    }

    void enqueue(QueuedFrame frame) {
        queue.add(frame);
        schedule();
    }

    /** The next open needs the frames from this one on and no others. To be called before it is queued. */
    void endsWith(long firstFrame) {
        checkpointFrame = firstFrame;
    }

    /** Forces frames up to this one as soon as they are written. */
    void force(long upToFrame) {
        wanted.accumulateAndGet(upToFrame, Math::max);
        schedule();
    }

    /** To be called when a spare became ready. */
    void resume() {
        executor.execute(() -> {
            waitsForSpare = false;
            schedule();
        });
    }

    private void schedule() {
        if (wake.getAndIncrement() == 0) {
            try {
                executor.execute(this::drain);
            } catch (Throwable e) {
                // Nobody else would take what is queued.
                wake.set(0);
                throw e;
            }
        }
    }

    private void drain() {
        int seen;
        do {
            seen = wake.get();
            try {
                if (unreported != null) {
                    report(unreported);
                }
                while (!stopped && !waitsForSpare && !queue.isEmpty()) {
                    writeGroup();
                }
                if (!stopped && written > forced && wanted.get() > forced) {
                    force();
                }
            } catch (Throwable e) {
                // The kernel may have dropped the pages and will lie the second time: nothing is tried again here.
                fail(e);
            }
        } while (wake.addAndGet(-seen) != 0);
    }

    /** Whatever was thrown, an {@code Error} of a thread for I/O too: who waits for a frame is not left waiting. */
    private void fail(Throwable cause) {
        stopped = true;
        queue.clear();
        try {
            file.close();
        } catch (Throwable e) {
            cause.addSuppressed(e);
        }
        report(cause);
    }

    /**
     * Reports a failure. If even that fails, for example because the heap is exhausted, the next frame or call for a
     * force tries again.
     */
    private void report(Throwable cause) {
        unreported = cause;
        try {
            progress.failed(cause);
            unreported = null;
        } catch (Throwable e) {
            // Not even logged: an error of the log line would leave the count of calls as it is, and nobody would try
            // again.
        }
    }

    /** Stops without another write or force, after the group that is being written. */
    void abandon() {
        stopped = true;
        executor.execute(() -> {
            queue.clear();
            try {
                file.close();
            } catch (Throwable e) {
                LOG.warn("a journal file of shard {} did not close", header.shard(), e);
            }
        });
    }

    private void writeGroup() throws IOException {
        QueuedFrame first = queue.element();
        if (position + first.room() > fileBytes && !rotate(first)) {
            return;
        }
        buffer.clear();
        boolean isLazy = true;
        QueuedFrame frame = first;
        long last;
        do {
            queue.remove();
            QueuedFrame next = queue.peek();
            boolean ends = next == null || !fits(frame, next);
            ensureRoom(JournalFormat.frameBytes(frame.body().length()) + JournalFormat.PAGE_BYTES);
            if (frame.number() == checkpointFrame) {
                checkpointSequence = header.sequence();
                checkpointPosition = position + buffer.position();
            }
            encoder.encode(buffer, frame.number(), forced, frame.kind(), ends, frame.body());
            writtenBytes += frame.body().length();
            writtenAsked += frame.room();
            isLazy &= frame.isLazy();
            last = frame.number();
            frame = ends ? null : next;
        } while (frame != null);
        pad();
        buffer.flip();
        int groupLength = buffer.limit();
        file.write(buffer, position);
        position += groupLength;
        writtenRoom += groupLength;
        written = last;
        // Up to one group may wait. With more, a delayed force would only take longer.
        if (isLazy && wanted.get() <= forced && writtenBytes < groupBytes) {
            progress.written(last);
        } else {
            force();
        }
        if (!announcedHalfFull && position > fileBytes / 2) {
            announcedHalfFull = true;
            progress.halfFull();
        }
    }

    private void force() throws IOException {
        long start = nanos.getAsLong();
        file.force();
        long took = nanos.getAsLong() - start;
        Forced done = new Forced(written, writtenBytes, writtenAsked, writtenRoom, fileBytes - position, took);
        writtenBytes = 0;
        writtenAsked = 0;
        writtenRoom = 0;
        forced = written;
        progress.forced(done);
    }

    /** Whether the next frame may follow in the same group, after the current one, which is not yet in the buffer. */
    private boolean fits(QueuedFrame current, QueuedFrame next) {
        long start = (long) buffer.position()
                + JournalFormat.frameBytes(current.body().length());
        long end = start + JournalFormat.frameBytes(next.body().length());
        return end <= groupBytes && position + end <= fileBytes;
    }

    private void pad() {
        int end = JournalFormat.align(buffer.position(), JournalFormat.PAGE_BYTES);
        while (buffer.position() < end) {
            buffer.put((byte) 0);
        }
    }

    private void ensureRoom(int bytes) {
        if (buffer.remaining() < bytes) {
            // No more than a group at a time, but a frame that is larger as it is: direct memory is scarce.
            int capacity = Math.max(
                    Math.min(buffer.capacity() * 2, groupBytes + JournalFormat.PAGE_BYTES), buffer.position() + bytes);
            ByteBuffer larger = newBuffer(JournalFormat.align(capacity, JournalFormat.PAGE_BYTES));
            buffer.flip();
            larger.put(buffer);
            buffer = larger;
        }
    }

    private static ByteBuffer newBuffer(int bytes) {
        return Disk.uncachedBuffer(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Continues in a spare file. Returns false if none is ready. All frames in the current file are forced before. */
    private boolean rotate(QueuedFrame first) throws IOException {
        long needed = JournalFormat.PAGE_BYTES + first.room();
        JournalDirectory.Spare spare = directory.takeSpare(needed);
        if (spare == null) {
            waitsForSpare = true;
            progress.needsSpare(needed);
            return false;
        }
        if (written > forced) {
            force();
        }
        FileHeader next = new FileHeader(
                header.shard(), header.epoch(), header.sequence() + 1, JournalRecovery.newSalt(), first.number());
        directory.enter(spare, next);
        file.close();
        file = spare.file();
        fileBytes = spare.bytes();
        header = next;
        encoder = encoderOf(next);
        position = JournalFormat.PAGE_BYTES;
        announcedHalfFull = false;
        progress.rotated(next.sequence(), first.number(), spare);
        return true;
    }

    private FrameEncoder encoderOf(FileHeader of) {
        return new FrameEncoder(JournalFormat.saltBytes(of.salt()));
    }

    /** Removes a file that is no longer needed from the journal. The file becomes a spare, or is deleted. */
    void retire(long sequence, long bytes, boolean isUseful, int keptFiles, Runnable afterwards) {
        executor.execute(() -> {
            if (stopped) {
                return;
            }
            try {
                directory.retire(sequence, isUseful ? bytes : 0, keptFiles);
                afterwards.run();
            } catch (Throwable e) {
                fail(e);
            }
        });
    }

    /** Closes the file after everything that was queued before. */
    void close(Runnable closed) {
        executor.execute(() -> {
            if (stopped) {
                closed.run();
                return;
            }
            stopped = true;
            try {
                if (written > forced) {
                    // There was no room for the last frame, which would have forced all before it.
                    file.force();
                }
                file.close();
                directory.close(header, written, checkpoint());
            } catch (Throwable e) {
                progress.failed(new StrandlineException.Unknown("journal file did not close", e));
            } finally {
                closed.run();
            }
        });
    }

    /** Where the next open may begin to read, or null if what was to be written from there on was not. */
    private JournalEnd.@Nullable Checkpoint checkpoint() {
        return checkpointSequence > 0 && queue.isEmpty()
                ? new JournalEnd.Checkpoint(checkpointFrame, checkpointSequence, checkpointPosition, position)
                : null;
    }
}
