package io.strandline.log.impl.file;

/** Where the files of a shard are, relative to the data directory. */
public final class ShardDirectories {

    private ShardDirectories() {}

    /** Directory of a shard. */
    public static String directory(int shard) {
        return "shard-" + shard;
    }

    /** Directory of its chunks. */
    public static String chunks(int shard) {
        return directory(shard) + "/chunks";
    }

    /** Directory of its journal. */
    public static String journal(int shard) {
        return directory(shard) + "/journal";
    }
}
