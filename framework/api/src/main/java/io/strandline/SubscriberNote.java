package io.strandline;

/**
 * What a stream knows of one subscriber.
 *
 * @param subscriber its name
 * @param consumed how far it has consumed the stream
 * @param idleMillis milliseconds since its last note, or since the log was opened if it has noted nothing since, by a clock that does
 *     not jump
 */
public record SubscriberNote(String subscriber, StreamCut consumed, long idleMillis) {}
