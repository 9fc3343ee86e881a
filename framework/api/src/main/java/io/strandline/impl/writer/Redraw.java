package io.strandline.impl.writer;

import io.strandline.Appended;
import io.strandline.Sequence;
import io.strandline.StrandlineException;
import io.strandline.internal.KeyHash;
import io.strandline.spi.Batch;
import io.vertx.core.internal.PromiseInternal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds everything that is pending, after the log has told a writer how far it has come and where its events go now.
 *
 * <p>A batch that turns out to be in the log is completed as present. Everything else is moved record by record to the
 * routes of its keys, after the events already there. An atomic batch has one key and stays whole. Drafts are rebuilt in
 * the order in which they were filled, lane by lane. All pending events of a key are in one lane, so their order holds
 * (rule D3). They get new numbers, or keep those of the application.
 *
 * <p>Every route lies within one of those before it, and no batch was taken there since. So the log has the same for the
 * new route as it had for the old one. A batch that expects an offset is a Conflict if its partition was sealed, because
 * the offset belongs to a partition that has ended. A batch with a condition on its key moves and is judged by the new
 * partition: the application may have read further than the writer knew.
 */
final class Redraw {

    /** What becomes of a promise that the writer no longer waits for. */
    private record Told(
            PromiseInternal<Appended> promise,
            @Nullable Appended place,
            @Nullable StrandlineException failure) {}

    private final WriterSession session;
    private final PartitionTable before;
    private final PartitionTable table;
    private final Batch.Records records = new Batch.Records();
    private final List<Told> told = new ArrayList<>();
    private int keyless;

    /** @param before the routes of the drafts. The session has the new ones */
    Redraw(WriterSession session, PartitionTable before) {
        this.session = session;
        this.before = before;
        this.table = session.table();
    }

    /** Moves what is pending in a draft, which is of no use afterwards. */
    void draw(Draft draft) {
        session.release(draft.pendingBytes());
        for (int entry = 0; entry < draft.entries(); entry++) {
            int slot = draft.slot(entry);
            if (draft.slots.isPending(slot)) {
                draw(draft, entry, slot, draft.takePromise(entry));
            }
        }
    }

    private void draw(Draft draft, int entry, int slot, PromiseInternal<Appended> promise) {
        int route = route(draft, entry);
        if (draft.isNumbered() && table.stored(route, draft.slots.last(slot))) {
            Appended place = new Appended(table.storedPartition(route), table.storedOffset(route), true);
            told.add(new Told(promise, place, null));
        } else {
            StrandlineException overtaken = overtaken(draft, slot, route);
            if (overtaken == null) {
                move(draft, entry, slot, route, promise);
            } else {
                told.add(new Told(promise, null, overtaken));
            }
        }
    }

    /** Why a conditional batch cannot move to a route, or null. A condition on a key is judged there. */
    private @Nullable StrandlineException overtaken(Draft draft, int slot, int route) {
        long old = before.id(draft.slots.route[slot]);
        return draft.slots.condition(slot) instanceof Condition.AtOffset at && table.id(route) != old
                ? new StrandlineException.Conflict("expected offset " + at.offset() + " of partition " + old + " of "
                        + session.stream() + ", which is sealed, and partition " + table.id(route) + " took over")
                : null;
    }

    private void move(Draft draft, int entry, int slot, int route, PromiseInternal<Appended> promise) {
        Lane lane = session.lane(route);
        Condition condition = draft.slots.condition(slot);
        Draft target = lane.draftFor(route, condition != null);
        int size = draft.to(entry) - draft.from(entry);
        int to = target.length + size;
        target.reserve(target.length, size);
        System.arraycopy(draft.bytes, draft.from(entry), target.bytes, target.length, size);
        target.goOnFailing(draft);
        if (draft.slots.isAlone(slot)) {
            lane.addAlone(route, to, draft.slots.events[slot], condition, promise);
            return;
        }
        Sequence sequence = session.counts() ? null : draft.sequence(entry);
        if (sequence != null) {
            session.digests().append(route, sequence, target.bytes, target.length, to);
        }
        lane.add(route, to, promise, sequence);
    }

    /** The route of an entry's key, which its first record has. */
    private int route(Draft draft, int entry) {
        int from = draft.from(entry);
        records.resetToRecord(draft.bytes, from, draft.to(entry) - from, 0, 0);
        records.next();
        if (records.keyLength() >= 0) {
            return table.find(KeyHash.of(draft.bytes, records.keyFrom(), records.keyLength()));
        }
        if (!session.counts()) {
            return table.find(PartitionTable.keylessHash(draft.sequence(entry)));
        }
        int old = draft.slots.route[draft.slot(entry)];
        int first = table.find(before.fromHash(old));
        int last = table.find(before.toHash(old));
        return first + keyless++ % (last - first + 1);
    }

    /** Completes the promises of what turned out to be in the log or to be impossible. */
    void tell() {
        for (Told one : told) {
            if (one.failure() != null) {
                session.failedAppends().fail(one.promise(), one.failure());
            } else {
                one.promise().complete(one.place());
            }
        }
    }
}
