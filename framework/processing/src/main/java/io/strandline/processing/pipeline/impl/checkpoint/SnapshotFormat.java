package io.strandline.processing.pipeline.impl.checkpoint;

import java.util.regex.Pattern;

/**
 * Format of a snapshot: the state of one task at one checkpoint, or what has changed of it since the snapshots before. All numbers
 * are little-endian. A varint is as in {@link io.strandline.processing.pipeline.impl.state.StateStore records of a state}.
 *
 * <pre>
 *  at  bytes
 *   0  8      "SLSNAP05"
 *   8  8      epoch of the run that wrote it
 *  16  8      number of the checkpoint
 *  24  8      partition of the source
 *  32  8      offset of the first event that is not part of the state
 *  40  8      number of the next step
 *  48  8      watermark, in milliseconds since the epoch
 *  56  8      stamp of the last event, in milliseconds since the epoch
 *  64  4      version of the pipeline
 *  68  4      number of floors
 *  72  4      number of sinks
 *  76  4      number of operators with state
 *  80  8      number of pieces of state of all operators, those in the files before included
 *  88  4      most groups of keys, by their hashes (XXH64, as of routing keys): 1,024
 *  92  4      number of files before it that belong to the state too, as its manifest names them
 *  96  4      number of runs of groups
 * 100  4      0
 * 104  8+8    lowest and highest hash of the keys that are divided into groups
 * 120         floors, sinks, operators, runs, sections, then a varint 0
 *  end - 4    CRC32C of everything before
 *
 * floor: keys whose windows are over up to a later time than the watermark
 *      8+8    lowest and highest hash of the keys
 *      8      time, in milliseconds since the epoch
 *
 * sink
 *      4      length of its name, name in UTF-8
 *      4      number of marks
 *             marks, in ascending order of their partitions. A handler has the name _strandline/handler-ID, and none
 *
 * mark: outputs of the task in one partition of the sink
 *      8      partition
 *      8+8    sequence of the last output (major, minor)
 *      8      digest up to that one, as {@link io.strandline.spi.RunningDigest} defines it
 *
 * operator, in the order of the pipeline
 *      4      length of its id, id in UTF-8
 *      4      length of its layout, layout in UTF-8: what the pieces mean
 *      8      number of its pieces
 *      4      number of types of states
 *             types: 4 for the length of the name, name in UTF-8, 4 for the version
 *      4      number of maps that are gone since the file before
 *             8 for the start of each
 *
 * run: groups of which the same file has all keys. Every group is in one run
 *      4      first group
 *      4      last group
 *      4      the file: its index among those before, oldest first, or their number for this one
 *
 * group of a key: the difference of its hash and the lowest one, without as many low bits as leave 10 of the difference of the highest
 * and the lowest. Keys below are in group 0, those above in the last. Where records have other keys than pieces, as those of joins and
 * shuffles, their groups are those of all hashes
 *
 * section, in ascending order of the groups: all keys of a group if its run names this file, or what has changed
 *      varint 1 + number of the group
 *             parts, then a varint 0
 *
 * part, in the order of the operators and then of the starts
 *      varint 1 + index of the operator
 *      8      start of the map, as of a window, in milliseconds since the epoch, 0 for none
 *             records, in ascending order of the hashes of their keys, then of the bytes of their keys, then a varint 0
 *
 * record: as in memory. One without pieces removes a key
 *      varint 1 + length of the key, key in UTF-8
 *      varint length of the pieces, pieces
 * </pre>
 *
 * A state is read from the oldest file to the newest. The runs of the newest one say which sections count.
 *
 * <p>Version 4 is read too. It has "SLSNAP04" and no range of hashes: its groups are those of all hashes.
 *
 * <p>Version 3 has all keys, and nothing of it is in other files:
 *
 * <pre>
 *   0  88     as above, with "SLSNAP03"
 *  88         floors, sinks, operators
 *  end - 4    CRC32C of everything before
 *
 * operator
 *      4      length of its id, id in UTF-8
 *      4      length of its layout, layout in UTF-8
 *      8      number of entries
 *             entries, in ascending order of their times, then of their keys as Java compares strings
 *
 * entry
 *      8      start of its window in milliseconds since the epoch, 0 for none
 *      4      length of the key, key in UTF-8
 *      4      number of times that belong to it, then 8 for each
 *      4      length of the type name or -1 if no state follows, type name in UTF-8
 *      4      type version
 *      4      length of the state, state as its codec wrote it
 * </pre>
 *
 * And version 2, with one sink and one operator without id:
 *
 * <pre>
 *   0  48     as above, with "SLSNAP02"
 *  48  4      version of the pipeline
 *  52  4      number of marks
 *  56  8      number of keys
 *  64         marks, then entries without start and times, in ascending order of their keys
 *  end - 4    CRC32C of everything before
 * </pre>
 *
 * The name of a snapshot holds epoch, checkpoint number and partition, so no run ever writes one of another.
 */
final class SnapshotFormat {

    /** "SLSNAP05" as a little-endian number. */
    static final long MAGIC = 0x35305041_4e534c53L;

    /** "SLSNAP04" as a little-endian number. */
    static final long MAGIC_4 = 0x34305041_4e534c53L;

    /** "SLSNAP03" as a little-endian number. */
    static final long MAGIC_3 = 0x33305041_4e534c53L;

    /** "SLSNAP02" as a little-endian number. */
    static final long MAGIC_2 = 0x32305041_4e534c53L;

    static final int HEADER_2_BYTES = 64;
    static final int MARK_BYTES = 32;
    static final int TRAILER_BYTES = 4;

    /** In place of the length of a type name, in version 3. */
    static final int NO_STATE = -1;

    /** Bytes that go to or come from the store at once. */
    static final int BUFFER_BYTES = 256 << 10;

    /** The names that {@link #name} gives. */
    static final Pattern NAME = Pattern.compile("e(\\d{1,18})-c(\\d{1,18})-p(\\d{1,18})\\.snapshot");

    private SnapshotFormat() {}

    /**
     * Name of a snapshot, without a directory.
     *
     * @param epoch of the run that wrote it
     * @param number of the checkpoint
     */
    static String name(long epoch, long number, long partition) {
        return "e" + epoch + "-c" + number + "-p" + partition + ".snapshot";
    }
}
