package io.strandline;

import io.vertx.core.Future;
import java.util.List;

/**
 * The scopes and streams of a log, themselves kept in the log: when a future of a change completes, the change is
 * durable and visible everywhere. Changes of one log happen one after the other.
 *
 * <p>Names that break the rules of {@link StreamName} fail with {@link StrandlineException.Invalid}, unknown ones with
 * {@link StrandlineException.NotFound}.
 */
public interface Catalog {

    /** Creates a scope; completes with false if it exists already. */
    Future<Boolean> createScope(String scope);

    /** Deletes an empty scope; fails with {@link StrandlineException.Conflict} while it holds streams. */
    Future<Void> deleteScope(String scope);

    /** All scopes in ascending order. */
    Future<List<String>> scopes();

    /**
     * Creates a stream in an existing scope; fails with {@link StrandlineException.Conflict} if the stream exists with
     * other options, and completes with its description if it exists with the same.
     */
    Future<StreamDescription> createStream(String stream, StreamOptions options);

    Future<StreamDescription> describe(String stream);

    /** All streams of a scope in ascending order. */
    Future<List<StreamName>> streams(String scope);

    /** Deletes a stream with all its events; its readers and writers fail with NotFound from then on. */
    Future<Void> deleteStream(String stream);

    /** The first offset that is still kept in each partition. */
    Future<StreamCut> startCut(String stream);

    /** The offset of the next event in each partition; everything before it is durable. */
    Future<StreamCut> endCut(String stream);

    /**
     * Removes all events before the cut. A partition that already starts later stays as it is. Fails with
     * {@link StrandlineException.Invalid} if the cut names another stream, a partition that the stream does not have, or
     * an offset past the end; nothing is removed then.
     */
    Future<Void> truncate(String stream, StreamCut before);

    /**
     * Forgets a writer id: its sequences are no longer remembered, and an open writer of that id is fenced. To be called
     * when an id will not be used again.
     */
    Future<Void> retireWriter(String stream, String writerId);
}
