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
     * Creates a scope. Completes with false if it exists already, and fails with {@link StrandlineException.Invalid} for
     * {@link StreamName#RESERVED_SCOPE}.
     */
    Future<Boolean> createScope(String scope);

    /** Deletes an empty scope. Fails with {@link StrandlineException.Conflict} while it holds streams. */
    Future<Void> deleteScope(String scope);

    /** All scopes in ascending order, without {@link StreamName#RESERVED_SCOPE}. */
    Future<List<String>> scopes();

    /**
     * Creates a stream in an existing scope, which is not {@link StreamName#RESERVED_SCOPE}. {@link
     * StreamOptions#setCreateScope} creates the scope with it. If the stream exists with
     * the same options, the future completes with its description. If it exists with other options, {@link
     * StreamOptions#setIfExists} decides. By default the future then fails with {@link StrandlineException.Conflict},
     * which names the options that differ. The number of partitions is compared with the number at creation, regardless
     * of later scalings.
     */
    Future<StreamDescription> createStream(String stream, StreamOptions options);

    /**
     * Creates a stream in {@link StreamName#RESERVED_SCOPE}, and creates that scope with it. For parts of Strandline that
     * keep a stream of their own. Completes and fails as {@link #createStream}, and fails with {@link
     * StrandlineException.Invalid} in another scope.
     */
    default Future<StreamDescription> createReserved(String stream, StreamOptions options) {
        return createScope(StreamName.RESERVED_SCOPE).compose(scope -> createStream(stream, options));
    }

    /**
     * The partitions of a stream with their key ranges, and its completed scalings. Only what is durable is told. A scaling may
     * change the partitions right after the answer.
     *
     * <p>Safe to repeat. Fails with {@link StrandlineException.NotFound} if there is no such stream.
     */
    Future<StreamDescription> describe(String stream);

    /** All streams of a scope in ascending order. */
    Future<List<StreamName>> streams(String scope);

    /** Deletes a stream with all its events. Its readers and writers fail with NotFound from then on. */
    Future<Void> deleteStream(String stream);

    /**
     * The cut before everything that is kept. It names the first partitions of the stream. Partitions that were sealed
     * since and keep no events are replaced by their successors.
     */
    Future<StreamCut> startCut(String stream);

    /** The offset of the next event in each open partition. Everything before it is durable. */
    Future<StreamCut> endCut(String stream);

    /**
     * How far the newest stamps of its open partitions are ahead of the clock of the log, in milliseconds: usually 0. A
     * clock that was ahead for a moment leaves them ahead, because stamps never decrease. New events then get the same
     * stamp until the clock has caught up. Reading from a time is off by that much, but retention by age is not.
     */
    Future<Long> stampsAheadMillis(String stream);

    /**
     * Removes all events before the cut. A partition that already starts later stays as it is. The cut may name open and
     * sealed partitions. A sealed partition that it does not name is before the cut if the cut names successors for all
     * of its keys. Fails with {@link StrandlineException.Invalid} if the cut names another stream, a partition that the
     * stream does not have, or an offset past the end. Nothing is removed then.
     */
    Future<Void> truncate(String stream, StreamCut before);

    /**
     * Seals partitions and opens others that take over their keys: splits one, merges neighbours, or both at once. When
     * the future completes, the new partitions are open, and writers and readers continue by themselves. Events of one
     * key stay in the order in which they were written, and a reader reads a sealed partition to its end before its
     * successors.
     *
     * <p>Fails with {@link StrandlineException.NotFound} if the stream has no such partition, and with {@link
     * StrandlineException.Sealed} if one is sealed already, or the stream is. Fails with {@link StrandlineException.Invalid} if the ranges
     * do not cover exactly the keys of the sealed partitions, the stream would have too many partitions, or a partition
     * would take over more ranges of keys than the engine tracks separately (256). A stream remembers 1,000 scalings. The
     * oldest ones are forgotten when everything that they sealed is truncated, and until then the call fails with {@link
     * StrandlineException.Overloaded}. In all these cases nothing is changed.
     *
     * <p>After Unavailable or Unknown the scaling may be done, now or later. If it is, repeating it fails with Sealed.
     *
     * @param seal ids of open partitions, one or more
     * @param open ranges of the new partitions, in any order
     */
    Future<StreamDescription> scale(String stream, Set<Long> seal, List<KeyRange> open);

    /**
     * Seals a stream: it takes no more events from then on, and cannot be scaled. When the future completes, its end is final and
     * durable, {@link StreamDescription#isSealed} says so, and readers that come to it end. What was appended before stays
     * until retention, truncation or {@link #deleteStream} removes it. Reader groups and pipelines read it to its end and stay.
     *
     * <p>Writers, claims and transactions that would append to it fail with {@link StrandlineException.Sealed}, which names the
     * stream. A transaction whose commit was decided before is in the stream with all its events. Any other one has none there: its
     * commit fails with Sealed, and it is still open, to be aborted.
     *
     * <p>Safe to repeat: a stream that is sealed stays so. Fails with {@link StrandlineException.Invalid} for a stream of {@link
     * StreamName#RESERVED_SCOPE}. After Unavailable or Unknown the log may have begun to seal it. It then takes no new writers and
     * transactions, and is sealed as soon as the log can do so, without another call.
     */
    Future<StreamDescription> sealStream(String stream);

    /**
     * Changes how the stream scales by itself. The next scaling by the new policy comes a cool-down after the last
     * scaling by any policy.
     */
    Future<Void> setScaling(String stream, ScalingPolicy policy);

    /**
     * Changes what is kept of the stream. Events that the new rule does not keep are removed soon after. Events that the
     * old rule removed stay removed, and the old rule removes nothing more when the future completes.
     */
    Future<Void> setRetention(String stream, Retention retention);

    /**
     * How the stream scales by itself and what is kept of it, as it was set last. Only what is durable is told.
     *
     * <p>Fails with {@link StrandlineException.NotFound} if there is no such stream.
     */
    Future<StreamPolicies> policies(String stream);

    /**
     * Notes how far a subscriber, such as a reader group, has consumed the stream. The first note registers the
     * subscriber. Retention by consumption keeps events that at least one subscriber has not consumed. Positions only
     * advance: a partition where the cut is before the noted position keeps that position. So does a partition that the
     * cut does not name, unless the cut names a partition that took over its keys. A note that moves nothing shows that
     * the subscriber is alive. A note is durable on completion, and from then on retention waits for a new subscriber
     * too. It is safe to repeat.
     *
     * <p>Fails with {@link StrandlineException.Invalid} if the cut is one of another stream or names an unknown partition
     * or an offset past the end, or if the name does not have 1 to 200 characters. Fails with {@link
     * StrandlineException.Overloaded} if the stream has 1,000 other subscribers, or all of them together have 200,000
     * positions. Nothing is noted then. A full log fails a note with {@link StrandlineException.Unavailable}, unless
     * retention waits for it. It takes such notes as long as half of what is kept for a full disk is left.
     */
    Future<Void> commitConsumed(String stream, String subscriber, StreamCut consumed);

    /**
     * Forgets a subscriber, so that retention no longer waits for it. Completes with false if there was none. A
     * subscriber that is still at work is registered again by its next note, but events removed in between are lost to
     * it. Reader groups and pipelines are deleted instead, which forgets them.
     */
    Future<Boolean> forgetSubscriber(String stream, String subscriber);

    /**
     * The subscribers of a stream and how far they have consumed it. A sealed partition is named only if that does not follow from
     * the others: whoever has consumed events of a partition has consumed all of those whose keys it took over.
     */
    Future<SortedMap<String, StreamCut>> subscribers(String stream);

    /**
     * The subscribers of a stream with the time since the last note of each, longest idle first. {@link
     * #forgetSubscriber} removes one. A log may by itself remove subscribers that are idle for too long (the engine's
     * option {@code maxSubscriberIdleMillis}). By default it never does, and retention waits forever for a subscriber
     * that is gone.
     */
    Future<List<SubscriberNote>> subscriberNotes(String stream);

    /**
     * Forgets a writer id: its sequences are no longer remembered, and an open writer of that id is fenced. To be called
     * when an id will not be used again.
     */
    Future<Void> retireWriter(String stream, String writerId);
}
