package io.strandline.sync.hazelcast;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import io.strandline.sync.impl.HistoryFormat;
import io.strandline.sync.spi.CatchUp;
import io.strandline.sync.spi.Position;
import io.strandline.sync.spi.Revision;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The newest revisions of a name, as reported by the owner of its log. All of them are durable. The news map holds the
 * maximum by (epoch of the owner, revision), so late and repeated news do no harm. Only deserialization replaces its
 * fields.
 *
 * <pre>
 *  news   format 1 | epoch 8 | owner 16 | base: position | revisions: list
 * </pre>
 *
 * <p>It keeps at most {@value #MAX_REVISIONS} revisions and {@value #MAX_BYTES} bytes in them. A member that is further
 * behind asks the log.
 */
final class StoredNews implements SyncData {

    static final int MAX_REVISIONS = 256;
    static final int MAX_BYTES = 1 << 20;

    private long epoch;
    private UUID owner;
    private Position base;
    private List<Revision> revisions;

    /** To be read. */
    StoredNews() {
        this(0, new UUID(0, 0), Position.NONE, List.of());
    }

    private StoredNews(long epoch, UUID owner, Position base, List<Revision> revisions) {
        this.epoch = epoch;
        this.owner = owner;
        this.base = base;
        this.revisions = revisions;
    }

    /**
     * News of what follows a position, without the oldest of them if they are too many.
     *
     * @param owner who tells them: a log that was set back may give an epoch away twice, though never to one and the same
     */
    static StoredNews of(long epoch, UUID owner, CatchUp missed) {
        List<Revision> all = missed.revisions();
        int dropped = 0;
        long bytes = 0;
        for (Revision revision : all) {
            bytes += revision.bytes().length;
        }
        while (all.size() - dropped > MAX_REVISIONS || bytes > MAX_BYTES) {
            bytes -= all.get(dropped).bytes().length;
            dropped++;
        }
        Position base = dropped == 0 ? missed.base() : all.get(dropped - 1).position();
        return new StoredNews(epoch, owner, base, List.copyOf(all.subList(dropped, all.size())));
    }

    long epoch() {
        return epoch;
    }

    Position newest() {
        return revisions.isEmpty() ? base : revisions.get(revisions.size() - 1).position();
    }

    List<Revision> revisions() {
        return revisions;
    }

    /** Whether these news say more than others. Of two owners with one epoch neither does. */
    boolean isNewerThan(StoredNews other) {
        return epoch != other.epoch
                ? epoch > other.epoch
                : owner.equals(other.owner)
                        && newest().revision() > other.newest().revision();
    }

    /**
     * These news followed by newer ones. Returns only the newer ones if they do not continue from a position that these
     * news know.
     */
    StoredNews with(StoredNews newer) {
        int next = epoch == newer.epoch ? indexAfter(newer.base) : -1;
        if (next < 0) {
            return newer;
        }
        List<Revision> all = new ArrayList<>(revisions.subList(0, next));
        all.addAll(newer.revisions);
        return of(epoch, owner, new CatchUp(base, all));
    }

    /** The revisions after a position. Null if these news do not know the position. */
    @Nullable
    CatchUp since(Position known) {
        int next = indexAfter(known);
        return next < 0 ? null : new CatchUp(known, revisions.subList(next, revisions.size()));
    }

    private int indexAfter(Position position) {
        if (position.equals(base)) {
            return 0;
        }
        for (int i = revisions.size(); i > 0; i--) {
            if (revisions.get(i - 1).position().equals(position)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int getClassId() {
        return SyncClassIds.NEWS;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        HistoryFormat.writeFormat(out);
        out.writeLong(epoch);
        out.writeLong(owner.getMostSignificantBits());
        out.writeLong(owner.getLeastSignificantBits());
        HistoryFormat.writeCatchUp(out, new CatchUp(base, revisions));
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        HistoryFormat.readFormat(in);
        epoch = in.readLong();
        owner = new UUID(in.readLong(), in.readLong());
        CatchUp missed = HistoryFormat.readCatchUp(in);
        base = missed.base();
        revisions = missed.revisions();
    }
}
