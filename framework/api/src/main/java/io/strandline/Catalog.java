package io.strandline;

import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/**
 * The scopes and streams of a log, themselves kept in the log: when a future of a change completes, the change is
 * durable and visible everywhere. Changes of one log happen one after the other.
 *
 * <p>Names that break the rules of {@link StreamName} fail with {@link StrandlineException.Invalid}, unknown ones with
 * {@link StrandlineException.NotFound}.
 */
public interface Catalog {

    /**
     * Creates a scope; completes with false if it exists already, and fails with {@link StrandlineException.Invalid} for {@link
     * StreamName#RESERVED_SCOPE}.
     */
    Future<Boolean> createScope(String scope);

    /** Deletes an empty scope; fails with {@link StrandlineException.Conflict} while it holds streams. */
    Future<Void> deleteScope(String scope);

    /** All scopes in ascending order, without {@link StreamName#RESERVED_SCOPE}. */
    Future<List<String>> scopes();

    /**
     * Creates a stream in an existing scope, which is not {@link StreamName#RESERVED_SCOPE}. If it exists with the same
     * options, the future completes with its description; if it exists with others, {@link StreamOptions#setIfExists} decides: by default the future fails with
     * {@link StrandlineException.Conflict}, which names the options that differ. The number of partitions is compared with
     * the one that the stream was created with, whatever scalings made of it.
     */
    Future<StreamDescription> createStream(String stream, StreamOptions options);

    /**
     * Creates a stream in {@link StreamName#RESERVED_SCOPE}, and that scope with it. For parts of Strandline that keep a stream of
     * their own; completes and fails as {@link #createStream}, and with {@link StrandlineException.Invalid} in another scope.
     */
    default Future<StreamDescription> createReserved(String stream, StreamOptions options) {
        return createScope(StreamName.RESERVED_SCOPE).compose(scope -> createStream(stream, options));
    }

    Future<StreamDescription> describe(String stream);

    /** All streams of a scope in ascending order. */
    Future<List<StreamName>> streams(String scope);

    /** Deletes a stream with all its events; its readers and writers fail with NotFound from then on. */
    Future<Void> deleteStream(String stream);

    /**
     * The cut before everything that is kept. It names partitions as they were at first; those that were sealed since, and of
     * which nothing is kept, give way to the ones that took over from them.
     */
    Future<StreamCut> startCut(String stream);

    /** The offset of the next event in each open partition; everything before it is durable. */
    Future<StreamCut> endCut(String stream);

    /**
     * How far the newest stamps of its open partitions are ahead of the clock of the log, in milliseconds: usually 0. A clock
     * that was ahead for a moment leaves them ahead, since stamps never go down; new events then get the same stamp until the
     * clock has caught up. Reading from a time is off by as much, retention by age is not.
     */
    Future<Long> stampsAheadMillis(String stream);

    /**
     * Removes all events before the cut. A partition that already starts later stays as it is. The cut may name open and
     * sealed partitions; a sealed one that it does not name is before it if it names successors for all of its keys. Fails
     * with {@link StrandlineException.Invalid} if the cut names another stream, a partition that the stream does not have,
     * or an offset past the end; nothing is removed then.
     */
    Future<Void> truncate(String stream, StreamCut before);

    /**
     * Seals partitions and opens others that take over their keys: splits one, merges neighbours, or both at once. When the
     * future completes, the new partitions are open, and writers and readers go on by themselves: events of one key stay in
     * the order in which they were written, and a reader reads a sealed partition to its end before those that took over.
     *
     * <p>Fails with {@link StrandlineException.NotFound} if the stream has no such partition, with
     * {@link StrandlineException.Sealed} if one is sealed already, and with {@link StrandlineException.Invalid} if the
     * ranges do not cover exactly the keys of the sealed partitions, the stream would have too many, or a partition would
     * take over more ranges of keys than the engine keeps apart (256). A stream remembers 1,000 scalings; the oldest ones are
     * forgotten when all that was sealed by them is truncated, and until then it is {@link StrandlineException.Overloaded}.
     * Nothing is changed then.
     *
     * <p>After Unavailable or Unknown the scaling may be done, now or later: if it is, repeating it fails with Sealed.
     *
     * @param seal ids of open partitions, one or more
     * @param open ranges of the new partitions, in any order
     */
    Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open);

    /**
     * Changes how the stream scales by itself; the next scaling by the new policy is a cool-down after the last by any.
     */
    Future<Void> setScaling(String stream, ScalingPolicy policy);

    /**
     * Changes what is kept of the stream. What the new rule does not keep is removed soon after; what the old one removed
     * stays removed, and when the future completes it removes nothing more.
     */
    Future<Void> setRetention(String stream, Retention retention);

    /**
     * Notes how far a subscriber, such as a reader group, has consumed the stream; the first note makes it known. Retention
     * by consumption keeps what one of them has not consumed. Positions only advance: a partition where the cut is behind
     * what was noted stays as it is, and so does one that the cut does not name, unless it names a partition that took over
     * its keys. A note that moves nothing says that the subscriber lives. Durable on completion, and from then on retention waits for a new subscriber too; safe to repeat.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the cut is one of another stream or names an unknown partition or
     * an offset past the end, or if the name has not 1 to 200 characters, and with {@link StrandlineException.Overloaded}
     * if the stream has 1,000 other subscribers, or all of them together 200,000 positions; nothing is noted then.
     */
    Future<Void> noteConsumed(String stream, String subscriber, StreamCut consumed);

    /**
     * Forgets a subscriber, so that retention no longer waits for it; completes with false if there was none. One that is still at
     * work is a subscriber again from its next note on; what was removed in between is lost to it. Reader groups and pipelines
     * are deleted instead, which forgets them.
     */
    Future<Boolean> forgetSubscriber(String stream, String subscriber);

    /** The subscribers of a stream and how far they have consumed it. */
    Future<SortedMap<String, StreamCut>> subscribers(String stream);

    /**
     * The subscribers of a stream with the time since each has noted something, those that are idle for longest first. {@link
     * #forgetSubscriber} removes one. A log may do that by itself with those that are idle for too long (the engine's option
     * {@code maxSubscriberIdleMillis}); by default it never does, and retention waits for a subscriber that is gone for ever.
     */
    Future<List<SubscriberNote>> subscriberNotes(String stream);

    /**
     * Forgets a writer id: its sequences are no longer remembered, and an open writer of that id is fenced. To be called
     * when an id will not be used again.
     */
    Future<Void> retireWriter(String stream, String writerId);
}
