package io.strandline.log;

/** Where the files of a shard are, relative to the data directory. */
final class ShardDirectories {

    private ShardDirectories() {}

    /** Directory of a shard. */
    static String directory(int shard) {
        return "shard-" + shard;
    }

    /** Directory of its chunks. */
    static String chunks(int shard) {
        return directory(shard) + "/chunks";
    }

    /** Directory of its journal. */
    static String journal(int shard) {
        return directory(shard) + "/journal";
    }
}
