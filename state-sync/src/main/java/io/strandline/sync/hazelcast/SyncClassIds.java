package io.strandline.sync.hazelcast;

/** By which numbers members of this library name the classes of what they send. Another use of a number is another format. */
final class SyncClassIds {

    /** "STRL" in ASCII: an application's own factories count from 1. */
    static final int FACTORY = 0x5354524c;

    static final int HISTORY = 1;
    static final int APPEND = 2;
    static final int APPEND_ANSWER = 3;
    static final int READ = 4;
    static final int READ_ANSWER = 5;
    static final int COMPACT = 6;
    static final int MERGE_POLICY = 7;
    static final int NEWS = 8;
    static final int PUBLISH_NEWS = 9;
    static final int READ_NEWS = 10;
    static final int NEWER_NEWS = 11;

    private SyncClassIds() {}
}
