package io.strandline;

/**
 * The part of a committed transaction for one stream that was refused again and again, so that the log no longer tries to
 * append it. The transaction stays {@link TransactionStatus#COMMITTING} until the part is dropped.
 *
 * @param transaction id of the transaction
 * @param stream that refused it
 * @param events number of events of the part. Some partitions of the stream may have theirs already
 * @param why the last refusal, with the partition
 */
public record PartSetAside(String transaction, StreamName stream, long events, String why) {}
