package io.strandline.processing.pipeline.impl.checkpoint;

/**
 * Format of a snapshot: the state of one task at one checkpoint. All numbers are little-endian.
 *
 * <pre>
 *  at  bytes
 *   0  8      "SLSNAP02"
 *   8  8      epoch of the run that wrote it
 *  16  8      number of the checkpoint
 *  24  8      partition of the source
 *  32  8      offset of the first event that is not part of the state
 *  40  8      step number of that event
 *  48  4      version of the pipeline
 *  52  4      number of marks
 *  56  8      number of keys
 *  64         marks, in ascending order of their partitions
 *             entries, in ascending order of their keys as Java compares strings
 *  end - 4    CRC32C of everything before
 *
 * mark: outputs of the task in one partition of the sink
 *      8      partition
 *      8+8    sequence of the last output (major, minor)
 *      8      digest up to that one, as {@link io.strandline.spi.RunningDigest} defines it
 *
 * entry
 *      4      length of the key, key in UTF-8
 *      4      length of the type name, type name in UTF-8
 *      4      type version
 *      4      length of the state, state as its codec wrote it
 * </pre>
 *
 * The name of a snapshot holds epoch, checkpoint number and partition, so no run ever writes one of another.
 */
final class SnapshotFormat {

    /** "SLSNAP02" as a little-endian number. */
    static final long MAGIC = 0x32305041_4e534c53L;

    static final int MARKS = 52;
    static final int HEADER_BYTES = 64;
    static final int MARK_BYTES = 32;
    static final int TRAILER_BYTES = 4;

    /** Bytes that go to or come from the store at once. */
    static final int BUFFER_BYTES = 256 << 10;

    private SnapshotFormat() {}
}
